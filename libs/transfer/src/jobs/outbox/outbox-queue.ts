import { type Catalog, parseTenant, type Tenant } from '@rowhouse/core';
import { runEach } from '@rowhouse/core/internal';
import {
  CLAIM_OUTBOXES,
  FAILED,
  FINISH,
  MOVE,
  MOVING,
  NEXT_LOOK,
  NOTES_OF,
  RELEASE,
  REMOVE_NOTES,
} from './outbox-statements.js';

/** A tenant whose outbox this process alone looks at, for the time of the lease. */
export interface OutboxLease {
  readonly tenant: Tenant;
  readonly lease: string;
  /** Ids of jobs that were moved to the catalog, and may still be in the outbox. */
  readonly moved: readonly string[];
  /** How many looks failed before this one, one after the other. */
  readonly failures: number;
}

/** A transaction that may leave jobs in the outbox. */
export interface OutboxNote {
  readonly seq: string;
  readonly xid: string;
}

/** A job in the outbox. */
export interface OutboxJob {
  readonly id: string;
  readonly name: string;
  /** JSON. */
  readonly data: string;
  readonly runAt: Date | null;
  readonly urgency: number;
  readonly retries: number | null;
  readonly singletonKey: string | null;
}

/** Another process has the lease by now: what was begun with it changes nothing any more. */
export class OutboxLeaseLostError extends Error {}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

/** Which outboxes are to be looked at, and what was moved from them, in the catalog. All times are the catalog's. */
export class OutboxQueue {
  readonly #catalog: Catalog;
  readonly #leaseMs: number;

  constructor(catalog: Catalog, leaseMs: number) {
    this.#catalog = catalog;
    this.#leaseMs = leaseMs;
  }

  /** @param failing - how many of them may have failed before. */
  async claim(limit: number, failing: number): Promise<readonly OutboxLease[]> {
    const { rows } = await this.#catalog.query(CLAIM_OUTBOXES, [limit, failing, this.#leaseMs]);
    return rows.map(({ lease, moved, failures, ...tenant }) => ({
      lease,
      moved,
      failures,
      tenant: parseTenant(tenant),
    }));
  }

  /** Milliseconds until the next outbox is to be looked at. */
  async nextMs(): Promise<number | undefined> {
    const { rows } = await this.#catalog.query<{ ms: number | null }>(NEXT_LOOK);
    return rows[0]?.ms ?? undefined;
  }

  /** The first of the transactions to be looked for. */
  async notesOf({ tenant }: OutboxLease): Promise<readonly OutboxNote[]> {
    const { rows } = await this.#catalog.query<OutboxNote>(NOTES_OF, [tenant.id]);
    return rows;
  }

  /**
   * Makes the jobs, all or none, and renews the lease. Until the next move they count as {@link OutboxLease.moved}: those of before
   * must be deleted from the outbox.
   *
   * @param ended - notes that are of no use any more.
   * @throws {OutboxLeaseLostError}
   */
  async move(
    { tenant, lease }: OutboxLease,
    jobs: readonly OutboxJob[],
    ended: readonly OutboxNote[],
  ): Promise<void> {
    await this.#catalog.transaction(async (client) => {
      const ids = jobs.map(({ id }) => id);
      const { rowCount } = await client.query(MOVING, [tenant.id, lease, ids, this.#leaseMs]);
      if (rowCount !== 1) throw new OutboxLeaseLostError();
      const values = [
        tenant.id,
        ids,
        jobs.map(({ name }) => name),
        jobs.map(({ data }) => data),
        jobs.map(({ runAt }) => runAt),
        jobs.map(({ urgency }) => urgency),
        jobs.map(({ retries }) => retries),
        jobs.map(({ singletonKey }) => singletonKey),
      ];
      await runEach(client, [
        { text: MOVE, values },
        { text: REMOVE_NOTES, values: [seqsOf(ended)] },
      ]);
    });
  }

  /** Ends a look that found the outbox empty, and nothing left to delete. */
  async finish(
    { tenant, lease }: OutboxLease,
    ended: readonly OutboxNote[],
    open: readonly OutboxNote[],
  ): Promise<void> {
    await this.#catalog.query(FINISH, [tenant.id, lease, seqsOf(ended), seqsOf(open)]);
  }

  /** Ends a look that is to go on at once, in any process. */
  async release({ tenant, lease }: OutboxLease): Promise<void> {
    await this.#catalog.query(RELEASE, [tenant.id, lease]);
  }

  /** Ends a look that has failed; the next one is after a pause that grows. */
  async failed({ tenant, lease, failures }: OutboxLease): Promise<void> {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
    await this.#catalog.query(FAILED, [tenant.id, lease, Math.round(pauseMs * (1 + Math.random() / 5))]);
  }
}

function seqsOf(notes: readonly OutboxNote[]): readonly string[] {
  return notes.map(({ seq }) => seq);
}
