import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { WebhookPolicy } from './webhook-options.js';
import { hostOf, isAllowedAddress, parseWebhookUrl } from './webhook-target.js';

/** From looking the host up to the end of the answer. */
const TIMEOUT_MS = 15_000;
/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 16_384;

/**
 * Why there is no answer: the URL is not allowed any more; the host has no address; one of its addresses is not allowed; nobody
 * listens there, or the connection broke; the certificate is not valid; it took too long.
 */
export type PostFailure = 'url' | 'dns' | 'address' | 'connection' | 'tls' | 'timeout';

export interface PostAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

export type PostOutcome = PostAnswer | { readonly failure: PostFailure };

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends a request to a place that somebody else has named. The host is looked up once; every address it has must be allowed, and
 * the connection goes to one of those. Redirects are not followed, proxies not used, connections not kept.
 */
export async function postWebhook(post: Post, policy: WebhookPolicy): Promise<PostOutcome> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const url = parsedUrl(post.url, policy);
    const addresses = await addressesOf(hostOf(url), policy, signal);
    return await send(url, addresses, post, signal);
  } catch (error) {
    return { failure: signal.aborted ? 'timeout' : failureOf(error) };
  }
}

class PostError extends Error {
  constructor(readonly failure: PostFailure) {
    super(failure);
  }
}

function parsedUrl(text: string, policy: WebhookPolicy): URL {
  try {
    return parseWebhookUrl(text, policy);
  } catch {
    throw new PostError('url');
  }
}

async function addressesOf(
  host: string,
  policy: WebhookPolicy,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const addresses = isIP(host) > 0 ? [host] : await lookedUp(host, policy, signal);
  if (!addresses.every((address) => isAllowedAddress(address, policy))) throw new PostError('address');
  return addresses;
}

async function lookedUp(
  host: string,
  { resolveAddresses }: WebhookPolicy,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await resolveAddresses(host, { signal }).catch(() => []);
  if (found.length === 0) throw new PostError('dns');
  return found;
}

function send(
  url: URL,
  addresses: readonly string[],
  { headers, body }: Post,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const { request: open } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    let answer: PostAnswer | undefined;
    // What was answered counts, whatever becomes of the rest.
    const end = (error: unknown) => (answer ? resolve(answer) : reject(error));
    const request = open(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        agent: false,
        lookup: lookupOf(addresses),
        signal,
      },
      (response) => {
        answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) response.destroy();
        });
        response.on('error', () => {});
      },
    );
    request.on('error', end);
    // Without an error too, as when the answer is no answer but a change of protocol.
    request.on('close', () => end(new PostError('connection')));
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

function failureOf(error: unknown): PostFailure {
  if (error instanceof PostError) return error.failure;
  const { code } = Object(error) as { code?: unknown };
  return TLS_CODE.test(String(code)) ? 'tls' : 'connection';
}
