import { EntryRefusedError, type OperatorEntry } from '@rowhouse/core';
import type { EntryDirectory } from '@rowhouse/core/internal';
import type { TenantRequest } from '../resolvers/request/tenant-request.js';
import type { RawRequest } from './request-state.js';

/**
 * Holds the token of an operator's entry. A header of its own, so that the token is never taken for the user's credentials, and
 * what an app does with `Authorization` is left alone.
 */
const ENTRY_HEADER = 'rowhouse-entry';

/** Whether a request comes by an entry, or tries to. */
export function bringsEntry({ headers }: RawRequest): boolean {
  return headers[ENTRY_HEADER] !== undefined;
}

/**
 * The entry by which a request comes.
 *
 * @param entries - left out, the application lets no operators in.
 * @throws {EntryRefusedError}
 * @throws {EntryEndedError}
 */
export async function entryOf(
  request: TenantRequest,
  entries: EntryDirectory | undefined,
): Promise<OperatorEntry> {
  const token = request.header(ENTRY_HEADER);
  if (!entries) throw new EntryRefusedError('The option breakGlass of TenancyModule is not set.');
  if (typeof token !== 'string') throw new EntryRefusedError('There are several tokens.');
  return entries.find(token);
}
