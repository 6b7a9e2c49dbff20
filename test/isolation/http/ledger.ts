import { deepStrictEqual, ok } from 'node:assert/strict';
import { counterKeyOf, type FleetMember } from '../fleet.js';
import { expectOwn } from '../marks.js';
import type { FinalState } from '../tenant-model.js';

/** The knowledge of one tenant's client: what was stored for certain, and what may have been stored when it disconnected. */
export class Ledger {
  readonly member: FleetMember;
  readonly kept: Set<string>;
  readonly possible = new Set<string>();
  /** Work that continues after its request was answered. */
  readonly afterwards: Array<Promise<unknown>> = [];
  bumps = 0;
  #texts = 0;

  constructor(member: FleetMember) {
    this.member = member;
    this.kept = new Set([`${member.mark} first`, `${member.mark} second`]);
  }

  /** A new text with the tenant's mark. */
  nextText(word: string): string {
    this.#texts += 1;
    return `${this.member.mark} ${word} ${this.#texts}`;
  }

  /**
   * Checks that everything that was stored for certain exists, and nothing that was never sent. With `answersCached` the
   * titles of an answer may be old: that they are the tenant's was checked before.
   */
  expectTitles(titles: readonly string[], { answersCached = false } = {}): void {
    if (answersCached) return;
    const surprising = titles.filter((title) => !this.kept.has(title) && !this.possible.has(title));
    deepStrictEqual(surprising, [], `${this.member.mark} has what nobody gave it`);
    const missing = [...this.kept].filter((title) => !titles.includes(title));
    deepStrictEqual(missing, [], `${this.member.mark} misses what was kept`);
  }

  audit(state: FinalState): void {
    const { base, mark } = this.member;
    this.expectTitles(expectOwn(this.member, state.books).map(({ title }) => title));
    expectOwn(this.member, [state.authors, state.reviews, state.counters, state.lastIds]);
    for (const { text, bookId } of state.reviews) {
      const book = state.books.find(({ id }) => id === bookId);
      ok(
        book && (text.startsWith(book.title) || bookId === base + 1),
        `${mark}: "${text}" hangs on ${bookId}`,
      );
    }
    deepStrictEqual(state.tickets, base + 2 + this.bumps, `the tickets of ${mark}`);
    deepStrictEqual(
      state.counters.find(({ key }) => key === counterKeyOf(this.member, 'visits'))?.value,
      1 + this.bumps,
    );
  }
}
