import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { OutgoingPolicy } from './outgoing-policy.js';
import { hostOf, isAllowedAddress, parseOutgoingUrl } from './outgoing-url.js';

/**
 * Why there is no answer: the URL is not allowed; the host has no address; one of its addresses is not allowed; nobody listens
 * there, or the connection broke; the certificate is not valid; it took too long; the answer is too long.
 */
export type OutgoingFailure = 'url' | 'dns' | 'address' | 'connection' | 'tls' | 'timeout' | 'size';

export class OutgoingError extends Error {
  constructor(readonly failure: OutgoingFailure) {
    super(`A request to a place that somebody else has named failed: ${failure}.`);
  }
}

export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
}

/**
 * Sends a request to a place that somebody else has named. The host is looked up once; every address it has must be allowed, and
 * the connection goes to one of those. Redirects are not followed, proxies not used, connections not kept.
 *
 * @param signal - ends the request, and the reading of its answer, at any time.
 * @returns the answer, of which nothing is read yet.
 * @throws {OutgoingError}
 */
export async function sendOutgoing(
  request: OutgoingRequest,
  policy: OutgoingPolicy,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  try {
    const url = parsedUrl(request.url, policy);
    const addresses = await allowedAddressesOf(hostOf(url), policy, signal);
    return await send(url, addresses, request, signal);
  } catch (error) {
    throw new OutgoingError(signal.aborted ? 'timeout' : outgoingFailureOf(error));
  }
}

function parsedUrl(text: string, policy: OutgoingPolicy): URL {
  try {
    return parseOutgoingUrl(text, policy);
  } catch {
    throw new OutgoingError('url');
  }
}

/** The addresses of a host that somebody else has named, each of which is allowed. @throws {OutgoingError} */
export async function allowedAddressesOf(
  host: string,
  policy: OutgoingPolicy,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const addresses = isIP(host) > 0 ? [host] : await lookedUp(host, policy, signal);
  if (!addresses.every((address) => isAllowedAddress(address, policy))) throw new OutgoingError('address');
  return addresses;
}

async function lookedUp(
  host: string,
  { resolveAddresses }: OutgoingPolicy,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await resolveAddresses(host, { signal }).catch(() => []);
  if (found.length === 0) throw new OutgoingError('dns');
  return found;
}

function send(
  url: URL,
  addresses: readonly string[],
  { method, headers, body }: OutgoingRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { request: open } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = open(
      url,
      {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
        agent: false,
        lookup: lookupOf(addresses),
        signal,
      },
      (response) => {
        // Whoever reads it hears of the error too; without a reader it would end the process.
        response.on('error', () => {});
        resolve(response);
      },
    );
    request.on('error', reject);
    // Without an error too, as when the answer is no answer but a change of protocol.
    request.on('close', () => reject(new OutgoingError('connection')));
    request.end(body);
  });
}

/** Leads to the addresses that were checked, whatever the name means by now. */
function lookupOf(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, done) => {
    if (options.all) done(null, all);
    else done(null, all[0]?.address ?? '', all[0]?.family);
  };
}

/** Codes of OpenSSL's verification of certificates, and of Node's own. */
const TLS_CODE =
  /^(?:ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|HOSTNAME_|EPROTO)/;

function outgoingFailureOf(error: unknown): OutgoingFailure {
  if (error instanceof OutgoingError) return error.failure;
  const { code } = Object(error) as { code?: unknown };
  return TLS_CODE.test(String(code)) ? 'tls' : 'connection';
}
