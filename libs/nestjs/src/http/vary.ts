import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

import type { TenantNeed } from '../routes/tenant-route.decorator.js';
import type { RequestState } from './request-state.js';

type HeadersOfHead = OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined;

/**
 * Says in the answer of a tenant's route which headers the tenant was read from. The host needs none: it is part of every
 * cache's key (RFC 9111, section 2).
 */
export function sayWhatTenantDependsOn(state: RequestState, need: TenantNeed['kind']): void {
  const { headersRead = [], response, varies } = state;
  if (varies || need === 'system' || !response) return;
  const names = headersRead.filter((name) => name !== 'host');
  if (names.length === 0) return;
  state.varies = true;
  varyOn(response, names);
}

/**
 * Adds field names to the `Vary` of a response (RFC 9110, section 12.5.5), so that no cache on the way answers with it a
 * request that names another tenant.
 *
 * Done when the head is written: until then the app and its CORS may set `Vary` themselves, and replace what is there.
 *
 * @param names - in lower case, each once.
 */
export function varyOn(response: ServerResponse, names: readonly string[]): void {
  const writeHead = response.writeHead as (status: number, ...rest: unknown[]) => ServerResponse;
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    const at = typeof rest[0] === 'string' ? 1 : 0;
    const { vary, others } = takeVary(rest[at] as HeadersOfHead);
    const present = vary ?? response.getHeader('vary');
    const merged = present === undefined ? names.join(', ') : mergeVary(present, names);
    // Node would set all others one by one if one was set before.
    if (isRecord(others)) rest[at] = { Vary: merged, ...others };
    else {
      if (others) rest[at] = others;
      if (!response.headersSent) response.setHeader('Vary', merged);
    }
    return writeHead.call(response, status, ...rest);
  }) as ServerResponse['writeHead'];
}

/** The value of a `Vary` that also names `names`, each once. */
export function mergeVary(present: OutgoingHttpHeader | undefined, names: readonly string[]): string {
  const members = [present ?? []].flat().flatMap((value) => String(value).split(','));
  const byName = new Map<string, string>();
  for (const member of [...members, ...names]) {
    const name = member.trim();
    if (name === '*') return '*';
    if (name !== '' && !byName.has(name.toLowerCase())) byName.set(name.toLowerCase(), name);
  }
  return [...byName.values()].join(', ');
}

/** `writeHead` takes headers too: as an object, or as names and values in turn. They go before those set earlier. */
function takeVary(headers: HeadersOfHead): { vary?: OutgoingHttpHeader; others?: HeadersOfHead } {
  if (headers === undefined || headers === null) return {};
  // Looked for first: to take the headers apart costs each request more than the rest of this.
  if (!namesIn(headers).some(isVary)) return { others: headers };
  const pairs = Array.isArray(headers) ? pairsOf(headers) : Object.entries(headers);
  const found = pairs.filter(([name]) => isVary(name)).flatMap(([, value]) => value ?? []);
  if (found.length === 0) return { others: headers };
  const others = pairs.filter(([name]) => !isVary(name));
  return {
    vary: found.map(String),
    others: Array.isArray(headers) ? (others.flat(1) as OutgoingHttpHeader[]) : Object.fromEntries(others),
  };
}

function pairsOf(flat: readonly OutgoingHttpHeader[]): Array<[string, OutgoingHttpHeader | undefined]> {
  const pairs: Array<[string, OutgoingHttpHeader | undefined]> = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([String(flat[i]), flat[i + 1]]);
  return pairs;
}

function namesIn(headers: OutgoingHttpHeaders | readonly OutgoingHttpHeader[]): readonly string[] {
  if (!Array.isArray(headers)) return Object.keys(headers);
  return headers.filter((_, at) => at % 2 === 0).map(String);
}

function isRecord(headers: HeadersOfHead): headers is OutgoingHttpHeaders {
  return headers !== undefined && !Array.isArray(headers);
}

function isVary(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === 'vary';
}
