import { LRUCache } from 'lru-cache';
import type { QueryConfig } from 'pg';
import { ApiKeyHashing, type ApiKeyPepper } from '../api-keys/api-key-hashing.js';
import type { Actor } from '../audit/actor.js';
import type { Catalog } from '../catalog/catalog.js';
import { EntryEndedError, EntryRefusedError, TenantStoreUnavailableError } from '../errors.js';
import { isEntryToken } from './entry-token.js';
import { OperatorEntry } from './operator-entry.js';

/** Where the catalog's trigger reports each change of an entry, by its id. */
const ENTRY_CHANNEL = 'rowhouse_entries';

/** How long an end that nobody has reported may stay unseen. Milliseconds. */
const CHECK_EVERY_MS = 10_000;

/** How long the catalog may take to answer. Milliseconds. */
const ANSWER_TIMEOUT_MS = 5_000;

/** Tokens that open nothing: a flood of them asks the catalog once each. */
const MAX_REFUSED = 10_000;

const COLUMNS = `e.id, e.tenant_id as "tenantId", e.operator, e.reason, e.read_only as "readOnly", e.expires_at as "expiresAt",
  case when e.ended_at is null
    then extract(epoch from e.expires_at operator(pg_catalog.-) pg_catalog.clock_timestamp())::pg_catalog.float8 * 1000
    else 0 end as "remainingMs"`;

interface Row {
  readonly id: string;
  readonly tenantId: string;
  readonly operator: Actor;
  readonly reason: string;
  readonly readOnly: boolean;
  readonly expiresAt: Date;
  /** By the clock of the catalog. */
  readonly remainingMs: number;
}

export interface EntryDirectoryOptions {
  /** What hashes of tokens are made with: the peppers of API keys. */
  readonly peppers: readonly ApiKeyPepper[];
}

/**
 * The open entries of operators that this process has met, by their tokens. An end is heard by notification, and seen within ten
 * seconds while none are heard; work under an entry that cannot be verified is ended.
 */
export class EntryDirectory {
  readonly #catalog: Catalog;
  readonly #hashing: ApiKeyHashing;
  readonly #open = new Map<string, Promise<OperatorEntry>>();
  readonly #refused = new LRUCache<string, Error>({ max: MAX_REFUSED, ttl: CHECK_EVERY_MS });
  #unsubscribe: (() => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(catalog: Catalog, { peppers }: EntryDirectoryOptions) {
    this.#catalog = catalog;
    this.#hashing = new ApiKeyHashing(peppers);
  }

  /** Begins to hear of entries that end. @throws what `pg` throws when the catalog cannot be reached. */
  async start(): Promise<void> {
    await this.#catalog.migrate();
    this.#unsubscribe = await this.#catalog.listen(ENTRY_CHANNEL, {
      notified: (id) => void this.#check(id),
      missed: () => void this.#check(),
    });
    this.#timer = setInterval(() => void this.#check(), CHECK_EVERY_MS).unref();
  }

  /** Ends, in this process, whatever is open. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const entry of await this.#opened()) entry.end();
    await this.#unsubscribe?.();
  }

  /**
   * The open entry that a token is for.
   *
   * @throws {EntryRefusedError} when it is for none.
   * @throws {EntryEndedError}
   * @throws {TenantStoreUnavailableError} when the catalog does not answer.
   */
  async find(token: string): Promise<OperatorEntry> {
    if (!isEntryToken(token)) throw new EntryRefusedError('The token is no token of an entry.');
    const hashes = this.#hashing.candidates(token);
    const key = Buffer.concat(hashes).toString('base64url');
    const refusal = this.#refused.get(key);
    if (refusal) throw refusal;
    const entry = await (this.#open.get(key) ?? this.#openNew(key, hashes));
    entry.ended.throwIfAborted();
    return entry;
  }

  #openNew(key: string, hashes: readonly Buffer[]): Promise<OperatorEntry> {
    const opening = this.#read(hashes);
    this.#open.set(key, opening);
    opening.then(
      ({ ended }) => {
        const forget = () => this.#open.delete(key);
        if (ended.aborted) forget();
        else ended.addEventListener('abort', forget, { once: true });
      },
      (error: unknown) => {
        this.#open.delete(key);
        // An entry that has ended, or never was, does not come back.
        if (error instanceof EntryEndedError || error instanceof EntryRefusedError)
          this.#refused.set(key, error);
      },
    );
    return opening;
  }

  async #read(hashes: readonly Buffer[]): Promise<OperatorEntry> {
    const { rows } = await this.#query(
      `select ${COLUMNS} from rowhouse.operator_entries e
        where e.token_hash operator(pg_catalog.=) any ($1::pg_catalog.bytea[])`,
      [hashes],
    );
    const [row] = rows;
    if (!row) throw new EntryRefusedError('The catalog has no entry with this token.');
    if (row.remainingMs <= 0) throw new EntryEndedError();
    return new OperatorEntry(row, row.remainingMs);
  }

  /** Ends what is over by the catalog, or cannot be looked up there. @param id - left out, of all. */
  async #check(id?: string): Promise<void> {
    const opened = (await this.#opened()).filter((entry) => id === undefined || entry.id === id);
    if (opened.length === 0) return;
    const ids = opened.map((entry) => entry.id);
    const open = await this.#query(
      `select ${COLUMNS} from rowhouse.operator_entries e where e.id operator(pg_catalog.=) any ($1::pg_catalog.uuid[])`,
      [ids],
    ).then(
      ({ rows }) => new Set(rows.filter(({ remainingMs }) => remainingMs > 0).map((row) => row.id)),
      () => new Set(),
    );
    for (const entry of opened) if (!open.has(entry.id)) entry.end();
  }

  async #query(text: string, values: readonly unknown[]): Promise<{ readonly rows: readonly Row[] }> {
    try {
      return await this.#catalog.query<Row>({
        text,
        values: [...values],
        query_timeout: ANSWER_TIMEOUT_MS,
      } as QueryConfig);
    } catch (error) {
      throw new TenantStoreUnavailableError(error);
    }
  }

  async #opened(): Promise<readonly OperatorEntry[]> {
    const settled = await Promise.allSettled(this.#open.values());
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }
}
