import type { IncomingHttpHeaders } from 'node:http';
import type { LogIds } from '@rowhouse/core';
import { requestIdOf } from '../http/request-id.js';

/** `traceparent` of W3C Trace Context. Later versions begin with the same fields. */
const TRACE_PARENT =
  /^(?!ff)[\da-f]{2}-(?!0{32})(?<traceId>[\da-f]{32})-(?!0{16})(?<spanId>[\da-f]{16})-[\da-f]{2}(?:$|-)/;

/** The ids of a request, found when its first line is written. */
export class RequestLog implements LogIds {
  readonly #headers: IncomingHttpHeaders;
  readonly #client: object;
  #requestId: string | undefined;

  /** @param client - the framework's request, which may have an id of its own. */
  constructor({ headers }: { readonly headers: IncomingHttpHeaders }, client: object) {
    this.#headers = headers;
    this.#client = client;
  }

  get requestId(): string {
    this.#requestId ??= requestIdOf({ id: Reflect.get(this.#client, 'id'), headers: this.#headers });
    return this.#requestId;
  }

  get traceId(): string | undefined {
    return this.#trace?.['traceId'];
  }

  /** Of the caller. */
  get spanId(): string | undefined {
    return this.#trace?.['spanId'];
  }

  get #trace(): Readonly<Record<string, string>> | undefined {
    const header = this.#headers['traceparent'];
    return typeof header === 'string' ? TRACE_PARENT.exec(header)?.groups : undefined;
  }
}
