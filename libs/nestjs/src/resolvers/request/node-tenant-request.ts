import type { IncomingHttpHeaders } from 'node:http';
import { type RequestTarget, splitTarget } from './request-target.js';
import type { HeaderValue, TenantRequest } from './tenant-request.js';

/** The part of `IncomingMessage` and `Http2ServerRequest` that is read here. */
export interface NodeRequest {
  readonly url?: string | undefined;
  /** Set by Express and by Fastify's middleware engine, which shorten `url` while they route. */
  readonly originalUrl?: unknown;
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value… as received. */
  readonly rawHeaders?: unknown;
  readonly socket?: { readonly remoteAddress?: string | undefined } | null;
}

/**
 * Headers of which Node keeps the first and silently drops the rest (Node.js manual, `message.headers`),
 * and which decide about tenants. A proxy may have acted on another one, so a repetition must be seen.
 */
const KEPT_ONCE: ReadonlySet<string> = new Set(['host', 'authorization']);

export function isNodeRequest(input: unknown): input is NodeRequest {
  if (typeof input !== 'object' || input === null || !('headers' in input) || !('url' in input)) return false;
  const { headers, url } = input;
  return (
    typeof headers === 'object' && headers !== null && !Array.isArray(headers) && typeof url === 'string'
  );
}

/** A request from Node's HTTP server. Made once per request, so it reads lazily and copies nothing. */
export class NodeTenantRequest implements TenantRequest {
  /** Lower-case names of the headers that resolvers have asked for so far, there or not: the tenant depends on them. */
  readonly headersRead: string[] = [];
  #target: RequestTarget | undefined;
  readonly #request: NodeRequest;

  constructor(
    request: NodeRequest,
    readonly raw: unknown,
  ) {
    this.#request = request;
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get path(): string {
    return this.#split().path;
  }

  get query(): string {
    return this.#split().query;
  }

  get authority(): string | undefined {
    const pseudoHeader = this.#request.headers[':authority'];
    return this.#split().authority ?? (typeof pseudoHeader === 'string' ? pseudoHeader : undefined);
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket?.remoteAddress;
  }

  header(name: string): HeaderValue {
    const key = name.toLowerCase();
    if (!this.headersRead.includes(key)) this.headersRead.push(key);
    const value: unknown = this.#request.headers[key];
    if (typeof value === 'string') return KEPT_ONCE.has(key) ? this.#orRepeated(key, value) : value;
    if (!Array.isArray(value)) return undefined;
    return value.length > 1 ? value : value[0];
  }

  #split(): RequestTarget {
    if (!this.#target) {
      const { originalUrl, url } = this.#request;
      this.#target = splitTarget(typeof originalUrl === 'string' ? originalUrl : (url ?? '/'));
    }
    return this.#target;
  }

  /** `value`, or every value received when there was more than one. */
  #orRepeated(name: string, value: string): HeaderValue {
    const raw = this.#request.rawHeaders;
    if (!Array.isArray(raw)) return value;
    let values: string[] | undefined;
    let seen = 0;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const key = String(raw[i]);
      if (key.length !== name.length || key.toLowerCase() !== name) continue;
      seen += 1;
      if (seen > 1) values = [...(values ?? [value]), String(raw[i + 1])];
    }
    return values ?? value;
  }
}
