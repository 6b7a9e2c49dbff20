import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { TenantPoolExhaustedError } from '../errors.js';
import { isElsewhere, placementOf } from '../homes/placements.js';
import type { TenantPool } from '../pool/tenant-pool.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import type { Tenant } from '../tenant.js';
import { seenPosition, TenantContext } from '../tenant-context.js';
import { PrimaryPositions } from './primary-positions.js';
import { readClient } from './read-client.js';
import { RecentWrites } from './recent-writes.js';
import { Replica } from './replica.js';
import { isOutOfService } from './replica-fault.js';
import { ServerProbe } from './server-probe.js';

/** Who reads. */
export interface Reader {
  /** Left out, the system. */
  readonly tenant?: Tenant | undefined;
  /** A pool, acting for the reader. */
  readonly of: (pool: TenantPool) => pg.Pool;
}

/** A position that no replica reaches: whoever has seen it reads from the primary. */
export const UNKNOWN_POSITION = 2n ** 64n - 1n;

/** Why a read went to the primary. */
export type PrimaryReason = 'wrote' | 'lag' | 'failure' | 'placement';

/** One replica. */
export interface ReplicaStats {
  /** As `host:port`. */
  readonly address: string;
  /** Reads that it was chosen for. */
  readonly reads: number;
  /** Whether reads go to it: it is in reach, a standby of the primary, and no further behind than `maxLagMs`. */
  readonly isRead: boolean;
  /** How far it was behind the primary when it was asked last, to the interval of asking; `undefined` when that is not known. */
  readonly lagMs: number | undefined;
  /** Why it is not read now, whatever its lag. */
  readonly outBecause: string | undefined;
}

/** Where reads went, since the start. A read is a connection that was asked for to read. */
export interface ReplicaReadStats {
  readonly replicas: readonly ReplicaStats[];
  /** Reads on the primary, by the reason. */
  readonly onPrimary: {
    /** The reader has written, or was told of a write by another instance, and no replica has that yet. */
    readonly wrote: number;
    /** All replicas are further behind than `maxLagMs`. */
    readonly lag: number;
    /** No replica can be read, or the one that was chosen has failed. */
    readonly failure: number;
    /** The tenant's home is on a placement, which has no replicas. */
    readonly placement: number;
  };
}

/**
 * Sends reads to replicas of a primary that have all that their reader must see: what it has written in this process or was told of by
 * another one, and what anybody has committed `maxLagMs` before. All other reads go to the primary, as do those that a replica fails.
 *
 * How far a standby is, is known without a question for each read or write: every `checkEveryMs` the primary is asked for its position
 * in the WAL, and each standby for what it has replayed. One that has reached a position shows all that was committed before it was asked for.
 */
export class ReplicaReads {
  readonly #primary: TenantPool;
  readonly #probe: ServerProbe;
  readonly #replicas: readonly Replica[];
  readonly #settings: TenancyPoolSettings;
  readonly #positions: PrimaryPositions;
  readonly #writes = new RecentWrites();
  readonly #onPrimary: Record<PrimaryReason, number> = { wrote: 0, lag: 0, failure: 0, placement: 0 };
  readonly #ended = new AbortController();
  #looking: Promise<void> | undefined;
  /** The question that is under way, or the last one. */
  #question: Promise<unknown> = Promise.resolve();
  #nextQuestion: Promise<bigint> | undefined;
  #turn = 0;

  constructor(primary: TenantPool, replicas: readonly TenantPool[], settings: TenancyPoolSettings) {
    this.#primary = primary;
    this.#probe = new ServerProbe(primary.options);
    this.#replicas = replicas.map((pool) => new Replica(pool));
    this.#settings = settings;
    this.#positions = new PrimaryPositions(settings.replicas.maxLagMs);
    primary.noteWrites(this.#writes);
  }

  /** Begins to ask. Resolves after the first answers, or failures. */
  async begin(): Promise<void> {
    await this.#look();
    this.#looking = this.#lookAgain();
  }

  /**
   * A connection to read by. Where it is one to a replica that fails, it goes on as one to the primary.
   *
   * @throws as `TenantPool.connect` of the primary does; {@link TenantPoolExhaustedError} also where the reader's turn on a replica
   *   that works does not come.
   */
  async connect(reader: Reader): Promise<pg.PoolClient> {
    const chosen = this.#choose(reader);
    if (!(chosen instanceof Replica)) {
      this.#onPrimary[chosen] += 1;
      return reader.of(this.#primary).connect();
    }
    const inContext = TenantContext.capture();
    const toPrimary = (error: unknown) => {
      this.#onPrimary.failure += 1;
      if (isOutOfService(error)) chosen.failed(error);
      return inContext(() => reader.of(this.#primary).connect());
    };
    chosen.reads += 1;
    try {
      const lease = await reader.of(chosen.pool).connect();
      return readClient({ lease, toPrimary });
    } catch (error) {
      const isBusy = error instanceof TenantPoolExhaustedError && chosen.outBecause === undefined;
      if (isBusy) throw error;
      return toPrimary(error);
    }
  }

  /**
   * Where the primary is with what a tenant has written in this process since a moment, and the system: a replica that has replayed
   * this position shows it. {@link UNKNOWN_POSITION} where the primary does not answer; `undefined` where nothing was written.
   *
   * @param since - on the clock of `performance.now()`.
   */
  async writtenSince(since: number, tenant: Tenant): Promise<bigint | undefined> {
    if (this.#isPlaced(tenant)) return undefined;
    const wroteAt = this.#writes.lastSeenBy(tenant.id);
    if (wroteAt < since) return undefined;
    const known = this.#positions.firstSince(wroteAt);
    return known ?? this.#asked().catch(() => UNKNOWN_POSITION);
  }

  stats(): ReplicaReadStats {
    const oldest = this.#oldest();
    const replicas = this.#replicas.map(({ address, reads, lagMs, outBecause, shows }) => ({
      address,
      reads,
      isRead: outBecause === undefined && shows >= oldest,
      lagMs,
      outBecause,
    }));
    return { replicas, onPrimary: { ...this.#onPrimary } };
  }

  /** Ends the questions. The pools stay open. */
  async end(): Promise<void> {
    this.#ended.abort();
    this.#primary.noteWrites();
    await this.#looking;
    await Promise.all([this.#probe.close(), ...this.#replicas.map((replica) => replica.close())]);
  }

  /** A replica to read, or why there is none. */
  #choose({ tenant }: Reader): Replica | PrimaryReason {
    if (tenant && this.#isPlaced(tenant)) return 'placement';
    const inService = this.#replicas.filter(({ outBecause }) => outBecause === undefined);
    if (inService.length === 0) return 'failure';
    const oldest = this.#oldest();
    const recent = inService.filter(({ shows }) => shows >= oldest);
    if (recent.length === 0) return 'lag';
    const wrote = this.#writes.lastSeenBy(tenant?.id ?? '');
    const seen = seenPosition() ?? 0n;
    const complete = recent.filter(({ shows, position }) => shows >= wrote && position >= seen);
    this.#turn = (this.#turn + 1) % Math.max(1, complete.length);
    return complete[this.#turn] ?? 'wrote';
  }

  /** Whether the tenant's database is on a server of its own. */
  #isPlaced(tenant: Tenant): boolean {
    const { placements } = this.#settings.databases;
    return isElsewhere(tenant) && placementOf(placements, tenant.placement) !== undefined;
  }

  /** Where the primary is, now or later. All that ask while a question is under way share the next one. */
  #asked(): Promise<bigint> {
    this.#nextQuestion ??= this.#question.then(() => {
      const answer = this.#probe.look();
      this.#nextQuestion = undefined;
      this.#question = answer.catch(() => {});
      return answer.then(({ position }) => position);
    });
    return this.#nextQuestion;
  }

  async #lookAgain(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await delay(this.#settings.replicas.checkEveryMs, undefined, { ref: false, signal }).catch(() => {});
      if (!signal.aborted) await this.#look();
    }
  }

  /** One that does not answer keeps the others waiting no longer than it takes to find out, and not again while it is asked. */
  async #look(): Promise<void> {
    try {
      this.#positions.add(await this.#probe.look());
    } catch {
      // Until it answers, replicas become older, and are left out when they are too old.
    }
    await Promise.all(this.#replicas.map((replica) => replica.look(this.#positions)));
    this.#writes.forgetBefore(this.#oldest());
  }

  /** What a replica must show at least. */
  #oldest(): number {
    return performance.now() - this.#settings.replicas.maxLagMs;
  }
}
