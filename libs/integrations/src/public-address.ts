import {
  allowedAddressesOf,
  OutgoingError,
  type OutgoingOptions,
  outgoingSchema,
  parseOptions,
} from '@rowhouse/core/internal';
import { IntegrationInvalidError } from './errors.js';

const LOOKUP_MS = 10_000;

/** Which addresses a host may have that a user has named. */
export type PublicAddressOptions = Omit<OutgoingOptions, 'allowHttp'>;

const optionsSchema = outgoingSchema.omit({ allowHttp: true });

/**
 * An address of a host that a user has named, for clients of other protocols than HTTP: connect to the address, and check the
 * certificate against the name. All addresses of the host must be public.
 *
 *     const host = await publicAddressOf('imap.example.com');
 *     new ImapFlow({ host, port: 993, secure: true, tls: { servername: 'imap.example.com' }, auth });
 *
 * @throws {IntegrationInvalidError} for a host without an address, or with one that is not public.
 */
export async function publicAddressOf(host: string, options: PublicAddressOptions = {}): Promise<string> {
  const allowed = parseOptions('publicAddressOf', optionsSchema, options);
  try {
    const policy = { ...allowed, allowHttp: false };
    const [address = ''] = await allowedAddressesOf(host, policy, AbortSignal.timeout(LOOKUP_MS));
    return address;
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    throw new IntegrationInvalidError([
      { field: 'host', expected: 'expected the name of a host whose addresses are public' },
    ]);
  }
}
