import { type GivenUp, type Patience, waitAtMost } from './deadline.js';

/** How many turns one party may have at a time, and how many may wait for one. */
export interface Share {
  /** Turns at the same time. At least 1. */
  readonly concurrency: number;
  /** Requests waiting for a turn; one more is refused at once. */
  readonly queue: number;
}

/** Why a request got no turn. */
export type Refusal = 'queue-full' | GivenUp;

/** What is told of a request for a turn: nothing when it has come, else why it never will. */
export type TurnCallback = (refusal?: Refusal) => void;

export interface PartyStats {
  readonly active: number;
  readonly waiting: number;
}

interface Waiter {
  readonly begin: TurnCallback;
  readonly stopWaiting: () => void;
}

interface Party {
  active: number;
  share: Share;
  readonly waiters: Set<Waiter>;
}

/**
 * Hands out a number of turns among parties: each has at most its share, and those that wait are served one after the
 * other, party by party, so that one with a thousand requests waits no less than one with a single request.
 *
 * Everything is done at once and in memory; a party that neither has a turn nor waits for one takes no room.
 */
export class FairQueue {
  readonly #capacity: number;
  readonly #parties = new Map<string, Party>();
  /** Parties with waiters, in the order of their turns. */
  readonly #rota = new Set<string>();
  #active = 0;
  #waiting = 0;

  /** @param capacity - turns at the same time, of all parties together. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Parties that have a turn or wait for one. */
  stats(): ReadonlyMap<string, PartyStats> {
    return new Map(
      [...this.#parties].map(([key, { active, waiters }]) => [key, { active, waiting: waiters.size }]),
    );
  }

  /** Calls `begin` when the turn has come: before this returns, if there is one to be had. */
  enter(key: string, share: Share, begin: TurnCallback, patience: Patience): void {
    if (patience.signal?.aborted) {
      begin('aborted');
      return;
    }
    const party = this.#partyOf(key, share);
    const mustWait =
      this.#active >= this.#capacity || party.active >= share.concurrency || party.waiters.size > 0;
    if (!mustWait) {
      this.#start(party);
      begin();
      return;
    }
    if (party.waiters.size >= share.queue) {
      this.#forgetIfGone(key, party);
      begin('queue-full');
      return;
    }
    this.#wait(key, party, begin, patience);
  }

  /** Ends a turn, and begins the next one. */
  leave(key: string): void {
    const party = this.#parties.get(key);
    if (!party || party.active === 0) throw new RangeError(`"${key}" has no turn to end.`);
    party.active -= 1;
    this.#active -= 1;
    this.#forgetIfGone(key, party);
    this.#serve();
  }

  #partyOf(key: string, share: Share): Party {
    const known = this.#parties.get(key);
    if (known) {
      known.share = share;
      return known;
    }
    const party: Party = { active: 0, share, waiters: new Set() };
    this.#parties.set(key, party);
    return party;
  }

  #wait(key: string, party: Party, begin: TurnCallback, patience: Patience): void {
    const stopWaiting = waitAtMost(patience, (why) => {
      this.#remove(key, party, waiter);
      begin(why);
    });
    const waiter: Waiter = { begin, stopWaiting };
    party.waiters.add(waiter);
    this.#waiting += 1;
    this.#rota.add(key);
  }

  #remove(key: string, party: Party, waiter: Waiter): void {
    waiter.stopWaiting();
    party.waiters.delete(waiter);
    this.#waiting -= 1;
    if (party.waiters.size === 0) this.#rota.delete(key);
    this.#forgetIfGone(key, party);
  }

  #start(party: Party): void {
    party.active += 1;
    this.#active += 1;
  }

  /** Gives free turns to the parties in their order; one that was served goes to the end. */
  #serve(): void {
    for (const key of this.#rota) {
      if (this.#active >= this.#capacity) return;
      const party = this.#parties.get(key);
      const [next] = party?.waiters ?? [];
      if (!party || !next || party.active >= party.share.concurrency) continue;
      this.#start(party);
      this.#remove(key, party, next);
      // Put at the end, so the loop comes by again while there are turns left.
      if (this.#rota.delete(key)) this.#rota.add(key);
      next.begin();
    }
  }

  #forgetIfGone(key: string, party: Party): void {
    if (party.active === 0 && party.waiters.size === 0) this.#parties.delete(key);
  }
}
