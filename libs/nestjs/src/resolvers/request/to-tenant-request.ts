import { isNodeRequest, NodeTenantRequest } from './node-tenant-request.js';
import { splitTarget } from './request-target.js';
import type { HeaderValue, TenantRequest } from './tenant-request.js';

/** Reads one header, by its lower-case name. */
type HeaderReader = (name: string) => HeaderValue;

const noHeaders: HeaderReader = () => undefined;

/** A request that did not come from Node's HTTP server. */
class DetachedTenantRequest implements TenantRequest {
  readonly remoteAddress = undefined;
  readonly path: string;
  readonly query: string;
  readonly authority: string | undefined;

  constructor(
    readonly raw: unknown,
    readonly method: string,
    target: string,
    private readonly reader: HeaderReader,
  ) {
    const { path, query, authority } = splitTarget(target);
    this.path = path;
    this.query = query;
    this.authority = authority;
  }

  header(name: string): HeaderValue {
    return this.reader(name.toLowerCase());
  }
}

/**
 * Makes a {@link TenantRequest} of
 * - a Node request: `IncomingMessage`, `Http2ServerRequest`, an Express request, a Fastify request or its `raw`;
 * - a fetch `Request`;
 * - a `URL`, or a URL as text: absolute, or beginning with `/`;
 * - fetch `Headers`, or a plain headers object in any letter case.
 *
 * What is a {@link TenantRequest} of ours already is handed back.
 *
 * @throws {TypeError} when `input` is none of these.
 */
export function toTenantRequest(input: unknown): TenantRequest {
  if (input instanceof NodeTenantRequest || input instanceof DetachedTenantRequest) return input;
  if (typeof input === 'string') return new DetachedTenantRequest(input, 'GET', input, noHeaders);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new TypeError('expected an HTTP request, a fetch Request, a URL, Headers or a headers object');
  }
  const request = requestWithin(input);
  if (isFetchRequest(request)) {
    return new DetachedTenantRequest(input, request.method, request.url, fetchReader(request.headers));
  }
  if (isNodeRequest(request)) return new NodeTenantRequest(request, input);
  if (input instanceof URL) return new DetachedTenantRequest(input, 'GET', input.href, noHeaders);
  if (isFetchHeaders(input)) return new DetachedTenantRequest(input, 'GET', '/', fetchReader(input));
  return new DetachedTenantRequest(input, 'GET', '/', plainReader(input));
}

/** Frameworks wrap the request they were given and show it as `raw`. */
function requestWithin(input: object): object {
  if (!('raw' in input)) return input;
  const { raw } = input;
  return isNodeRequest(raw) ? raw : input;
}

/** By shape, not by class: a runtime may bring a `Request` and `Headers` of its own. */
function isFetchRequest(input: object): input is { url: string; method: string; headers: FetchHeaders } {
  return (
    'url' in input &&
    typeof input.url === 'string' &&
    'method' in input &&
    typeof input.method === 'string' &&
    'headers' in input &&
    isFetchHeaders(input.headers)
  );
}

interface FetchHeaders {
  get(name: string): string | null;
}

function isFetchHeaders(input: unknown): input is FetchHeaders {
  return typeof input === 'object' && input !== null && 'get' in input && typeof input.get === 'function';
}

/** A repeated header reads as `a, b`: fetch joins them. */
function fetchReader(headers: FetchHeaders): HeaderReader {
  return (name) => headers.get(name) ?? undefined;
}

function plainReader(headers: object): HeaderReader {
  return (name) => {
    const values: string[] = [];
    for (const [key, value] of Object.entries(headers) as [string, unknown][]) {
      if (key.length !== name.length || key.toLowerCase() !== name) continue;
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== undefined && each !== null) values.push(String(each));
      }
    }
    return values.length > 1 ? values : values[0];
  };
}
