import type { ServerPosition } from './server-probe.js';

/** Where the primary was, and when: what tells the time of a standby by its position. */
export class PrimaryPositions {
  readonly #keptMs: number;
  #positions: readonly ServerPosition[] = [];

  /** @param keptMs - how far back a standby may be. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  get latest(): ServerPosition | undefined {
    return this.#positions.at(-1);
  }

  add(position: ServerPosition): void {
    const { latest } = this;
    // Another server has taken its place, perhaps without what the one before it wrote last.
    const isAnother =
      latest && (latest.startedAt !== position.startedAt || position.position < latest.position);
    const kept = isAnother ? [] : this.#positions;
    const since = position.askedAt - this.#keptMs;
    this.#positions = [...kept.filter(({ askedAt }) => askedAt >= since), position];
  }

  /** Where the primary was, at or after a moment; `undefined` where it was not asked since then. */
  firstSince(moment: number): bigint | undefined {
    return this.#positions.find(({ askedAt }) => askedAt >= moment)?.position;
  }

  /** The latest moment of which a standby at this position shows everything. */
  momentOf(position: bigint): number | undefined {
    return this.#positions.findLast((each) => each.position <= position)?.askedAt;
  }
}
