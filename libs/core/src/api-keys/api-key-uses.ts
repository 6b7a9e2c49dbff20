import { LRUCache } from 'lru-cache';
import type { Catalog } from '../catalog/catalog.js';
import { TenantContext } from '../tenant-context.js';

const EVERY_MS = 60_000;
const BATCH_MS = 1_000;
/** Keys whose last note is remembered; of others more is written. */
const REMEMBERED = 100_000;

export interface ApiKeyUsesOptions {
  /** Called when a batch could not be written; its notes are lost. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds on a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
}

/** The batch is of many requests; that of the first says nothing of it. Taken at load, outside of everything. */
const outsideAnyContext = TenantContext.capture();

// Rows that somebody else is writing are left out: two processes never wait for each other.
const WRITE = `update rowhouse.tenant_api_keys k set last_used_at = greatest(k.last_used_at, used.at)
  from rows from (pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.timestamptz[])) as used (id, at)
  where k.id operator(pg_catalog.=) used.id and k.key_hash operator(pg_catalog.=) any (array(
    select held.key_hash from rowhouse.tenant_api_keys held
      where held.id operator(pg_catalog.=) any ($1::pg_catalog.uuid[]) for update skip locked))`;

/** Writes when API keys were last used: at most once a minute for each key, in batches, and never while a request waits. */
export class ApiKeyUses {
  readonly #catalog: Pick<Catalog, 'query'>;
  readonly #options: ApiKeyUsesOptions;
  readonly #noted: LRUCache<string, number>;
  readonly #now: () => number;
  #pending = new Map<string, Date>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(catalog: Pick<Catalog, 'query'>, options: ApiKeyUsesOptions) {
    this.#catalog = catalog;
    this.#options = options;
    this.#noted = new LRUCache({ max: REMEMBERED });
    this.#now = options.now ?? (() => performance.now());
  }

  /** Notes that the key is used now. */
  note(id: string): void {
    const now = this.#now();
    const before = this.#noted.get(id);
    if (before !== undefined && now - before < EVERY_MS) return;
    this.#noted.set(id, now);
    this.#pending.set(id, new Date());
    this.#timer ??= setTimeout(() => outsideAnyContext(() => void this.flush()), BATCH_MS).unref();
  }

  /** Writes what was noted. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const notes = this.#pending;
    this.#pending = new Map();
    if (notes.size > 0) this.#writing = this.#writing.then(() => this.#write(notes));
    return this.#writing;
  }

  close(): Promise<void> {
    return this.flush();
  }

  async #write(notes: ReadonlyMap<string, Date>): Promise<void> {
    try {
      await this.#catalog.query(WRITE, [[...notes.keys()], [...notes.values()]]);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
