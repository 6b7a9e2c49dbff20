import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Catalog } from '@rowhouse/core';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from '@rowhouse/nestjs/operator';

/** An answer that is given again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A request with a key. */
export interface KeyedRequest {
  /** Whose key it is and what for: another operator, or another route, may use the same one. */
  readonly scope: string;
  readonly key: string;
  /** Everything that makes the request what it is. */
  readonly content: string;
}

/** How long an answer is given again. */
const KEPT_FOR = '24 hours';
/** A request that has not been answered for so long is taken for dead. */
const IN_USE_FOR = '1 minute';

/**
 * Answers by `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07). An answer may hold a secret that is shown once, so it
 * is encrypted by the key (AES-256-GCM), of which only a hash is kept.
 */
export class IdempotencyStore {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /**
   * Takes the key for a request, unless the request was answered before.
   *
   * @returns the answer of before; `undefined` when the request is the first.
   * @throws {IdempotencyKeyReusedError} when another request had the key.
   * @throws {IdempotencyKeyInUseError} while the first has not been answered.
   */
  async begin(request: KeyedRequest): Promise<KeptAnswer | undefined> {
    const hash = hashOf(request);
    const fingerprint = digest(request.content);
    await this.#catalog.query(
      `delete from rowhouse.idempotency_keys where created_at < pg_catalog.now() - interval '${KEPT_FOR}'`,
    );
    const { rowCount } = await this.#catalog.query(
      `insert into rowhouse.idempotency_keys as k (key_hash, fingerprint) values ($1, $2)
         on conflict (key_hash) do update set created_at = excluded.created_at
         where k.answer is null and k.fingerprint = excluded.fingerprint
           and k.created_at < pg_catalog.now() - interval '${IN_USE_FOR}'`,
      [hash, fingerprint],
    );
    if (rowCount === 1) return undefined;
    const { rows } = await this.#catalog.query<{ fingerprint: Buffer; answer: Buffer | null }>(
      'select fingerprint, answer from rowhouse.idempotency_keys where key_hash = $1',
      [hash],
    );
    const [known] = rows;
    if (known && !known.fingerprint.equals(fingerprint)) throw new IdempotencyKeyReusedError();
    if (!known?.answer) throw new IdempotencyKeyInUseError();
    return JSON.parse(decrypt(known.answer, request)) as KeptAnswer;
  }

  async answered(request: KeyedRequest, answer: KeptAnswer): Promise<void> {
    await this.#catalog.query('update rowhouse.idempotency_keys set answer = $2 where key_hash = $1', [
      hashOf(request),
      encrypt(JSON.stringify(answer), request),
    ]);
  }

  /** The request failed: the same may be tried again. */
  async release(request: KeyedRequest): Promise<void> {
    await this.#catalog.query(
      'delete from rowhouse.idempotency_keys where key_hash = $1 and answer is null',
      [hashOf(request)],
    );
  }
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

function encrypt(text: string, request: KeyedRequest): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secretOf(request), iv);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), encrypted]);
}

function decrypt(bytes: Buffer, request: KeyedRequest): string {
  const decipher = createDecipheriv('aes-256-gcm', secretOf(request), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const rest = bytes.subarray(IV_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(rest), decipher.final()]).toString('utf8');
}

function secretOf({ key, scope }: KeyedRequest): Buffer {
  return Buffer.from(hkdfSync('sha256', key, scope, 'rowhouse idempotent answer', 32));
}

function hashOf({ scope, key }: KeyedRequest): Buffer {
  return digest(`${scope}\n${key}`);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
