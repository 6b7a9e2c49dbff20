import { type Catalog, TenantContext } from '@rowhouse/core';
import type { Member } from './member.js';

/** How long members that were seen are gathered before they are written. */
const GATHERED_FOR_MS = 2_000;
/** How many members are remembered as seen. */
const MAX = 100_000;

const MINUTES = 10;

/** What is written is of many requests; that of the first says nothing of it. Taken at load, outside of everything. */
const outsideAnyContext = TenantContext.capture();

// Another instance may have seen the same member. A row that somebody else holds is written at the next occasion.
const WRITE = `
with due as (
  select id from rowhouse.members
   where id = any ($1::uuid[])
     and (last_seen_at is null or last_seen_at <= pg_catalog.now() - pg_catalog.make_interval(mins => ${MINUTES}))
   for no key update skip locked)
update rowhouse.members m set last_seen_at = pg_catalog.now() from due where m.id = due.id`;

/** Writes when members were last seen, apart from their requests: for each member at most once in ten minutes. */
export class SeenMembers {
  readonly #catalog: Pick<Catalog, 'query'>;
  /** When each was noted last, in the order of that. */
  readonly #notedAt = new Map<string, number>();
  readonly #due = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(catalog: Pick<Catalog, 'query'>) {
    this.#catalog = catalog;
  }

  note({ id }: Pick<Member, 'id'>): void {
    const notedAt = this.#notedAt.get(id);
    const now = performance.now();
    if (notedAt !== undefined && now - notedAt < MINUTES * 60_000) return;
    this.#notedAt.delete(id);
    this.#notedAt.set(id, now);
    const [oldest] = this.#notedAt.keys();
    if (this.#notedAt.size > MAX && oldest !== undefined) this.#notedAt.delete(oldest);
    this.#due.add(id);
    this.#timer ??= setTimeout(() => outsideAnyContext(() => void this.#write()), GATHERED_FOR_MS).unref();
  }

  /** Writes what is gathered. */
  async close(): Promise<void> {
    await this.#write();
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ids = [...this.#due];
    this.#due.clear();
    if (ids.length > 0)
      this.#writing = this.#writing.then(async () => {
        // Nothing depends on it: a catalog that fails is noticed by the requests.
        await this.#catalog.query(WRITE, [ids]).catch(() => {});
      });
    return this.#writing;
  }
}
