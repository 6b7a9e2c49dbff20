import { Readable } from 'node:stream';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
import { etagOf, operatorOf, type PlatformResponse, parseIdempotencyKey } from '@rowhouse/nestjs/operator';
import { catchError, concatMap, from, type Observable, of, throwError } from 'rxjs';
import { IdempotencyStore, type KeyedRequest } from './idempotency-store.js';

/** The headers of an answer that belong to it. */
const KEPT_HEADERS = ['location', 'etag'];

interface Request {
  readonly method: string;
  readonly url: string;
  readonly originalUrl?: string;
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

type Response = PlatformResponse & { readonly statusCode: number; getHeader(name: string): unknown };

/** Answers a POST that comes again with its `Idempotency-Key` as it was answered before, for 24 hours. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  readonly #store: IdempotencyStore;

  constructor(@Inject(Catalog) catalog: Catalog) {
    this.#store = new IdempotencyStore(catalog);
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    const key =
      request.method === 'POST' ? parseIdempotencyKey(request.headers['idempotency-key']) : undefined;
    if (key === undefined) return next.handle();
    const response = context.switchToHttp().getResponse<Response>();
    const keyed = keyedRequestOf(request, key);
    const kept = await this.#store.begin(keyed);
    if (kept) {
      response.status(kept.status);
      for (const [name, value] of Object.entries(kept.headers)) response.header(name, value);
      return of(kept.body);
    }
    return next.handle().pipe(
      concatMap((body: unknown) => {
        // As it is sent: what JSON makes of it.
        const sent: unknown = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
        const answer = { status: response.statusCode, headers: headersOf(response), body: sent };
        return from(this.#store.answered(keyed, answer).then(() => body));
      }),
      catchError((error: unknown) =>
        from(this.#store.release(keyed)).pipe(concatMap(() => throwError(() => error))),
      ),
    );
  }
}

function keyedRequestOf(request: Request, key: string): KeyedRequest {
  const target = request.originalUrl ?? request.url;
  return {
    scope: `${operatorOf(request).id} ${request.method} ${target.split('?')[0]}`,
    key,
    content: etagOf([target, bodyOf(request), request.headers['if-match'], request.headers['upload-length']]),
  };
}

/** A body that is not read yet is known by its digest, which its route asks for. */
function bodyOf({ body, headers }: Request): unknown {
  const digest = headers['content-digest'];
  return body instanceof Readable || (body === undefined && digest !== undefined) ? digest : body;
}

function headersOf(response: Response): Record<string, string> {
  const found = KEPT_HEADERS.map((name) => [name, response.getHeader(name)] as const);
  return Object.fromEntries(
    found.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
