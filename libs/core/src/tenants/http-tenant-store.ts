import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { hashApiKey } from '../api-keys/api-key-hashing.js';
import { OptionsInvalidError, TenantStoreUnavailableError } from '../errors.js';
import { parseOptions } from '../support/parse-options.js';
import { parseTenant, type Tenant, type TenantSlug } from '../tenant.js';
import {
  parseListOptions,
  type TenantListOptions,
  type TenantPage,
  type TenantStore,
} from './tenant-store.js';

type HeaderSource = Readonly<Record<string, string>>;

export interface HttpTenantStoreOptions {
  /** Where the service's resources begin, `http:` or `https:`, such as `https://tenants.internal/v1`. */
  readonly baseUrl: string | URL;
  /** Sent with every request: fixed headers, or a function asked before each attempt (fresh tokens). */
  readonly headers?: HeaderSource | (() => HeaderSource | Promise<HeaderSource>);
  /** Of one attempt, to the last byte of its answer. Default 2,000. */
  readonly timeoutMs?: number;
  /** Further attempts after the first. Default 2. */
  readonly retries?: number;
  /** The first retry waits up to this long, each further one up to twice as long as the one before. Default 100. */
  readonly backoffMs?: number;
  /** No wait is longer. A service that asks for more by `Retry-After` is not asked again. Default 2,000. */
  readonly maxBackoffMs?: number;
  /** How old a remembered answer may be to stand in for a failing service; 0 turns this off. Default 300,000. */
  readonly staleIfErrorMs?: number;
  /** How many answers are remembered, for revalidation and for failures. Default 10,000. */
  readonly maxRemembered?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** From 0 to 1, as `Math.random`, which is the default. */
  readonly random?: () => number;
  /** Waits between attempts. Default: a timer. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

const count = z.number().int().min(0);
const callable = <T>() => z.custom<T>((value) => typeof value === 'function', 'expected a function');

const optionsSchema = z.strictObject({
  baseUrl: z
    .union([z.string(), z.instanceof(URL)])
    .transform(String)
    .refine(isPlainHttpUrl, 'expected an http: or https: URL without credentials, query and fragment')
    .transform((url) => new URL(url.endsWith('/') ? url : `${url}/`)),
  headers: z
    .union([z.record(z.string(), z.string()), callable<() => HeaderSource | Promise<HeaderSource>>()])
    .default({}),
  timeoutMs: count.min(1).default(2_000),
  retries: count.max(10).default(2),
  backoffMs: count.default(100),
  maxBackoffMs: count.default(2_000),
  staleIfErrorMs: count.default(300_000),
  maxRemembered: count.min(1).default(10_000),
  fetch: callable<typeof fetch>().default(() => fetch),
  now: callable<() => number>().default(() => Date.now),
  random: callable<() => number>().default(() => Math.random),
  wait: callable<(ms: number) => Promise<unknown>>().default(() => sleep),
});

const pageSchema = z.object({ tenants: z.array(z.unknown()), next: z.string().nullish() });

const RETRIED = new Set([429, 502, 503, 504]);

interface Remembered {
  readonly tenant: Tenant;
  readonly etag: string | undefined;
  readonly at: number;
}

interface Question {
  readonly path: string;
  /** Sent as JSON by POST; without one the question is a GET. */
  readonly body?: object;
  readonly etag?: string | undefined;
}

/** An answer of the service that is neither what was asked for nor "no such tenant". */
class UnusableAnswerError extends Error {
  override readonly name = 'UnusableAnswerError';
  constructor(
    message: string,
    readonly status: number,
    /** The answer's `Retry-After`, when it had one. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/**
 * Tenants kept by a remote service. It answers, with JSON:
 *
 * | request | answer |
 * |---|---|
 * | `GET {base}/tenants/{id}` | a tenant |
 * | `GET {base}/tenants?slug={slug}` | a tenant |
 * | `GET {base}/tenants?domain={host name}` | a tenant |
 * | `POST {base}/tenants/lookup-by-key`, body `{"apiKey": …}` | a tenant |
 * | `GET {base}/tenants?limit={1…1000}[&cursor=…][&status=…]` | `{"tenants": […], "next": "…"}`, by slug; no `next` on the last page |
 *
 * A tenant is an object with the fields of {@link Tenant} except `schema`; times are ISO 8601. No such tenant is
 * status 404. An `ETag` on a tenant is sent back as `If-None-Match`, and 304 then confirms what is remembered.
 * Statuses 429, 502, 503 and 504, time-outs and network errors are tried again, with full jitter and heed to
 * `Retry-After`. Redirects are refused: they could carry credentials elsewhere.
 *
 * Each operation throws {@link TenantStoreUnavailableError} when the service gives no usable answer and none
 * that is young enough is remembered.
 */
export class HttpTenantStore implements TenantStore {
  readonly #options: z.output<typeof optionsSchema>;
  readonly #remembered: LRUCache<string, Remembered>;
  #failingSince: Date | undefined;

  /** @throws {OptionsInvalidError} */
  constructor(options: HttpTenantStoreOptions) {
    this.#options = parseOptions('HttpTenantStore', optionsSchema, options);
    this.#remembered = new LRUCache({ max: this.#options.maxRemembered });
  }

  get failingSince(): Date | undefined {
    return this.#failingSince;
  }

  findById(id: string): Promise<Tenant | undefined> {
    const isAsked = (tenant: Tenant) => tenant.id === id;
    return this.#find(`id:${id}`, { path: `tenants/${encodeURIComponent(id)}` }, isAsked);
  }

  findBySlug(slug: TenantSlug): Promise<Tenant | undefined> {
    const isAsked = (tenant: Tenant) => tenant.slug === slug;
    return this.#find(`slug:${slug}`, { path: `tenants?${new URLSearchParams({ slug })}` }, isAsked);
  }

  findByDomain(domain: string): Promise<Tenant | undefined> {
    return this.#find(`domain:${domain}`, { path: `tenants?${new URLSearchParams({ domain })}` });
  }

  findByApiKey(apiKey: string): Promise<Tenant | undefined> {
    const key = `key:${hashApiKey(apiKey).toString('base64url')}`;
    return this.#find(key, { path: 'tenants/lookup-by-key', body: { apiKey } });
  }

  async list(options: TenantListOptions = {}): Promise<TenantPage> {
    const { cursor, status } = options;
    // The cursor is the service's own, and opaque here.
    const { limit } = parseListOptions({ limit: options.limit });
    const query = new URLSearchParams({ limit: String(limit) });
    if (cursor !== undefined) query.set('cursor', cursor);
    if (status !== undefined) query.set('status', status);
    try {
      const listed = await this.#ask({ path: `tenants?${query}` }, async (response) => {
        if (response.status !== 200) throw await this.#refusal(response);
        const page = parseOptions('The page', pageSchema, JSON.parse(await response.text()));
        return { tenants: page.tenants.map(parseTenant), next: page.next ?? undefined };
      });
      this.#failingSince = undefined;
      return listed;
    } catch (error) {
      this.#noteFailure();
      throw new TenantStoreUnavailableError(error);
    }
  }

  async #find(
    key: string,
    question: Question,
    isAsked: (tenant: Tenant) => boolean = () => true,
  ): Promise<Tenant | undefined> {
    const known = this.#remembered.get(key);
    try {
      const answer = await this.#ask({ ...question, etag: known?.etag }, (response) =>
        this.#read(response, known),
      );
      if (answer && !isAsked(answer.tenant)) {
        throw new UnusableAnswerError(
          'The tenant service answered with a tenant that was not asked for.',
          200,
        );
      }
      this.#failingSince = undefined;
      // Forgetting matters: a tenant that is gone must not come back when the service fails later.
      if (answer) this.#remembered.set(key, answer);
      else this.#remembered.delete(key);
      return answer?.tenant;
    } catch (error) {
      this.#noteFailure();
      if (known && this.#options.now() - known.at <= this.#options.staleIfErrorMs) return known.tenant;
      throw new TenantStoreUnavailableError(error);
    }
  }

  #noteFailure(): void {
    this.#failingSince ??= new Date(this.#options.now());
  }

  async #read(response: Response, known: Remembered | undefined): Promise<Remembered | undefined> {
    if (response.status === 200) {
      const tenant = parseTenant(JSON.parse(await response.text()));
      return { tenant, etag: response.headers.get('etag') ?? undefined, at: this.#options.now() };
    }
    if (response.status === 304 && known) return { ...known, at: this.#options.now() };
    if (response.status !== 404) throw await this.#refusal(response);
    await response.body?.cancel();
    return undefined;
  }

  /** Asks until there is an answer that can be read, or no sense in asking again. */
  async #ask<T>(question: Question, read: (response: Response) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await read(await this.#send(question));
      } catch (error) {
        const delayMs = this.#delayBeforeRetry(error, attempt);
        if (delayMs === undefined) throw error;
        await this.#options.wait(delayMs);
      }
    }
  }

  async #send({ path, body, etag }: Question): Promise<Response> {
    const { baseUrl, headers, timeoutMs, fetch: send } = this.#options;
    const given = typeof headers === 'function' ? await headers() : headers;
    const sent = new Headers({ accept: 'application/json', ...given });
    if (etag !== undefined && !body) sent.set('if-none-match', etag);
    if (body) sent.set('content-type', 'application/json');
    return send(new URL(path, baseUrl), {
      method: body ? 'POST' : 'GET',
      headers: sent,
      body: body && JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  }

  /** Milliseconds to wait before the next attempt; `undefined` when there is to be none. */
  #delayBeforeRetry(error: unknown, attempt: number): number | undefined {
    const { retries, backoffMs, maxBackoffMs, random } = this.#options;
    if (attempt >= retries || !isPassing(error)) return undefined;
    const retryAfterMs = error instanceof UnusableAnswerError ? (error.retryAfterMs ?? 0) : 0;
    if (retryAfterMs > maxBackoffMs) return undefined;
    return Math.max(retryAfterMs, random() * Math.min(maxBackoffMs, backoffMs * 2 ** attempt));
  }

  async #refusal(response: Response): Promise<UnusableAnswerError> {
    // An unread body would keep the connection from being used again.
    await response.body?.cancel();
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), this.#options.now());
    const message = `The tenant service answered with status ${response.status}.`;
    return new UnusableAnswerError(message, response.status, retryAfterMs);
  }
}

function isPlainHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, search, hash } = new URL(value);
  return (
    ['http:', 'https:'].includes(protocol) && [username, password, search, hash].every((part) => part === '')
  );
}

/** Whether the failure may be gone a moment later. An answer that makes no sense will make none then either. */
function isPassing(error: unknown): boolean {
  if (error instanceof UnusableAnswerError) return RETRIED.has(error.status);
  return !(error instanceof OptionsInvalidError || error instanceof SyntaxError);
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), as milliseconds from now. */
function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
