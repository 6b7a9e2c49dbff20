import { deepStrictEqual, ok } from 'node:assert/strict';
import { counterKeyOf, type FleetMember } from './fleet.js';
import { expectOwn } from './marks.js';

export interface AuthorRow {
  id: number;
  name: string;
}

export interface BookRow {
  id: number;
  title: string;
  kind: string;
  authorId: number;
  reviews: ReviewRow[];
}

export interface ReviewRow {
  id: number;
  text: string;
}

export interface CounterRow {
  key: string;
  value: number;
  text: string;
}

export interface Rows {
  authors: AuthorRow[];
  books: BookRow[];
  counters: CounterRow[];
}

type SerialTable = 'authors' | 'books' | 'reviews';

/** The data of a tenant on the server at the end. */
export interface FinalState {
  authors: AuthorRow[];
  books: Array<Omit<BookRow, 'reviews'>>;
  reviews: Array<ReviewRow & { bookId: number }>;
  counters: CounterRow[];
  /** TypeORM's cached results, where it keeps them in a table. */
  cached: Array<{ result: string }>;
  tickets: number;
  lastIds: Record<SerialTable, number>;
}

/** The expected data of one tenant, updated with every operation. It knows no other tenant. */
export class TenantModel {
  readonly member: FleetMember;
  rows: Rows;
  /** The last value of a sequence that only explicit calls move. Sequences do not roll back. */
  tickets: number;
  /** Results that the query cache holds, by the key they were cached under. */
  readonly cached = new Map<string, unknown>();
  readonly #lastIds: Record<SerialTable, number>;
  #texts = 0;

  constructor(member: FleetMember) {
    const { mark, base } = member;
    this.member = member;
    this.rows = {
      authors: [{ id: base + 1, name: `${mark} author` }],
      books: [
        {
          id: base + 1,
          title: `${mark} first`,
          kind: 'paper',
          authorId: base + 1,
          reviews: [
            { id: base + 1, text: `${mark} praise` },
            { id: base + 2, text: `${mark} blame` },
          ],
        },
        { id: base + 2, title: `${mark} second`, kind: 'audio', authorId: base + 1, reviews: [] },
      ],
      counters: [{ key: counterKeyOf(member, 'visits'), value: 1, text: `${mark} visits` }],
    };
    this.tickets = base + 2;
    this.#lastIds = { authors: base + 2, books: base + 2, reviews: base + 2 };
  }

  /** A new text with the tenant's mark. */
  nextText(word: string): string {
    this.#texts += 1;
    return `${this.member.mark} ${word} ${this.#texts}`;
  }

  /** One of the books, if there are any. */
  pickBook(pick: number): BookRow | undefined {
    return this.rows.books[pick % this.rows.books.length];
  }

  pickAuthor(pick: number): AuthorRow {
    const author = this.rows.authors[pick % this.rows.authors.length];
    ok(author, 'authors are never deleted');
    return author;
  }

  snapshot(): Rows {
    return copyOf(this.rows);
  }

  /** Records an id from the server. It must be new, and come from the tenant's own sequence. */
  accept(table: SerialTable, id: number): number {
    const { mark, base } = this.member;
    ok(
      id > this.#lastIds[table] && id < base + 1_000_000,
      `${mark} was given the ${table} id ${id}, after ${this.#lastIds[table]}`,
    );
    this.#lastIds[table] = id;
    return id;
  }

  setCounter(row: CounterRow): void {
    this.rows.counters = [...this.rows.counters.filter(({ key }) => key !== row.key), row].sort((a, b) =>
      a.key < b.key ? -1 : 1,
    );
  }

  /** Checks every row and every sequence: nothing is lost, and nothing belongs to another tenant. */
  audit(state: FinalState): void {
    const { mark, base } = this.member;
    const byId = (a: { id: number }, b: { id: number }) => a.id - b.id;
    const books = this.rows.books.map(({ reviews: _, ...book }) => book);
    const reviews = this.rows.books.flatMap(({ id, reviews }) => reviews.map((r) => ({ ...r, bookId: id })));
    deepStrictEqual(state.authors, this.rows.authors, `the authors of ${mark}`);
    deepStrictEqual(state.books, books, `the books of ${mark}`);
    deepStrictEqual(state.reviews, reviews.sort(byId), `the reviews of ${mark}`);
    deepStrictEqual(state.counters, this.rows.counters, `the counters of ${mark}`);
    expectOwn(
      this.member,
      state.cached.map(({ result }) => result),
    );
    deepStrictEqual(state.tickets, this.tickets, `the tickets of ${mark}`);
    for (const [table, last] of Object.entries(state.lastIds))
      ok(
        last < base + 1_000_000 && last >= this.#lastIds[table as SerialTable],
        `${mark}: ${table} at ${last}`,
      );
  }
}

/** Not `structuredClone`: under Jest it creates objects of another realm, which are not strictly equal. */
export function copyOf<T>(data: T): T {
  return JSON.parse(JSON.stringify(data)) as T;
}
