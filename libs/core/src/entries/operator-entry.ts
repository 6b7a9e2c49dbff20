import type { Actor } from '../audit/actor.js';
import { EntryEndedError } from '../errors.js';

/** What the catalog knows of an entry. */
export interface EntryFacts {
  readonly id: string;
  /** The one tenant that it leads to. */
  readonly tenantId: string;
  readonly operator: Actor;
  /** Why, in the operator's words. */
  readonly reason: string;
  /** PostgreSQL refuses every write. */
  readonly readOnly: boolean;
  readonly expiresAt: Date;
}

/** The longest wait of a timer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * An operator's entry into a tenant, in force for what is done under it. It ends by itself, and from then on nothing is sent
 * under it, however long ago the work began.
 */
export class OperatorEntry implements EntryFacts {
  readonly id: string;
  readonly tenantId: string;
  readonly operator: Actor;
  readonly reason: string;
  readonly readOnly: boolean;
  readonly expiresAt: Date;
  readonly #control = new AbortController();
  readonly #timer: NodeJS.Timeout;
  /** On the clock of `performance.now()`, which nobody sets. */
  readonly #endsAt: number;

  /** @param remainingMs - how long it lasts, by the clock of the catalog. */
  constructor(facts: EntryFacts, remainingMs: number) {
    this.id = facts.id;
    this.tenantId = facts.tenantId;
    this.operator = facts.operator;
    this.reason = facts.reason;
    this.readOnly = facts.readOnly;
    this.expiresAt = facts.expiresAt;
    this.#endsAt = performance.now() + remainingMs;
    this.#timer = setTimeout(() => this.end(), Math.min(remainingMs, LONGEST_TIMER_MS)).unref();
  }

  /** Aborted with an {@link EntryEndedError} when it ends, early or by time. */
  get ended(): AbortSignal {
    // A timer is late when the process is busy.
    if (performance.now() >= this.#endsAt) this.end();
    return this.#control.signal;
  }

  /** Ends it in this process. */
  end(): void {
    clearTimeout(this.#timer);
    if (!this.#control.signal.aborted) this.#control.abort(new EntryEndedError());
  }
}
