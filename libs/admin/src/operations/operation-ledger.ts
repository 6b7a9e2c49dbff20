import type { Actor, Catalog } from '@rowhouse/core';
import { auditStatement, lockKeyOf, runEach } from '@rowhouse/core/internal';
import { OperationConflictError, OperationNotFoundError } from '../errors.js';
import type { MeasuredProgress, Operation, OperationState } from './operation.js';

const COLUMNS = `o.id, o.kind, o.state, o.tenant_id as "tenantId", o.steps, o.progress, o.result, o.problem ->> 'message' as error,
  o.actor, o.cancel_requested_at is not null as "isCancelRequested",
  o.pause_requested_at is not null as "isPauseRequested", o.created_at as "createdAt", o.updated_at as "updatedAt",
  o.finished_at as "finishedAt"`;

export interface OperationListing {
  readonly limit: number;
  /** The operation that the page before ended with: when it began, and its id. */
  readonly after?: readonly [createdAt: string, id: string] | undefined;
  readonly kind?: string | undefined;
  readonly state?: OperationState | undefined;
  readonly tenantId?: string | undefined;
}

interface StateChange {
  /** SQL of an UPDATE, where the id is `$1` and the values come after it. */
  readonly set: string;
  readonly values?: readonly unknown[];
  /** SQL: the state that it may be made in. */
  readonly from: string;
  /** In the audit trail. */
  readonly action: string;
  readonly by: Actor | undefined;
  readonly refusal: string;
}

/** The catalog's record of operations. */
export class OperationLedger {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** @returns false when there is an operation with this id. */
  async create(operation: {
    readonly id: string;
    readonly kind: string;
    readonly input: unknown;
    readonly tenantId: string | undefined;
    readonly by: Actor | undefined;
  }): Promise<boolean> {
    const { id, kind, input, tenantId, by } = operation;
    const { rowCount } = await this.#catalog.query(
      `insert into rowhouse.operations (id, kind, input, tenant_id, actor) values ($1, $2, $3, $4, $5) on conflict do nothing`,
      [id, kind, JSON.stringify(input), tenantId ?? null, by ? JSON.stringify(by) : null],
    );
    return rowCount === 1;
  }

  /** @throws {OperationNotFoundError} */
  async find(id: string): Promise<Operation> {
    const { rows } = await this.#catalog.query<Operation>(
      `select ${COLUMNS} from rowhouse.operations o where o.id = $1`,
      [id],
    );
    if (!rows[0]) throw new OperationNotFoundError();
    return rows[0];
  }

  /** Latest first. */
  async list({ limit, after, kind, state, tenantId }: OperationListing): Promise<readonly Operation[]> {
    const { rows } = await this.#catalog.query<Operation>(
      `select ${COLUMNS} from rowhouse.operations o
        where ($2::timestamptz is null or (o.created_at, o.id) < ($2, $3::uuid))
          and ($4::text is null or o.kind = $4) and ($5::text is null or o.state = $5) and ($6::uuid is null or o.tenant_id = $6)
        order by o.created_at desc, o.id desc limit $1`,
      [limit, after?.[0] ?? null, after?.[1] ?? null, kind ?? null, state ?? null, tenantId ?? null],
    );
    return rows;
  }

  /** What an operation is to do. */
  async inputOf(id: string): Promise<{ kind: string; input: unknown; actor: Actor | null }> {
    const { rows } = await this.#catalog.query<{ kind: string; input: unknown; actor: Actor | null }>(
      'select kind, input, actor from rowhouse.operations where id = $1',
      [id],
    );
    if (!rows[0]) throw new OperationNotFoundError();
    return rows[0];
  }

  async noteStep(id: string, name: string): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.operations
          set steps = steps || jsonb_build_array(jsonb_build_object('name', $2::text, 'startedAt', $3::text)),
              updated_at = pg_catalog.now()
        where id = $1`,
      [id, name, new Date().toISOString()],
    );
  }

  async noteProgress(id: string, progress: MeasuredProgress): Promise<void> {
    await this.#catalog.query(
      'update rowhouse.operations set progress = $2, updated_at = pg_catalog.now() where id = $1',
      [id, JSON.stringify(progress)],
    );
  }

  async end(
    id: string,
    outcome: {
      readonly state: Exclude<OperationState, 'running' | 'paused'>;
      readonly result?: unknown;
      readonly error?: string;
    },
  ): Promise<void> {
    const { state, result, error } = outcome;
    await this.#catalog.query(
      `update rowhouse.operations set state = $2, result = $3, problem = $4, finished_at = pg_catalog.now(), updated_at = pg_catalog.now()
        where id = $1 and state = 'running'`,
      [
        id,
        state,
        result === undefined ? null : JSON.stringify(result),
        error === undefined ? null : JSON.stringify({ message: error }),
      ],
    );
  }

  /** @throws {OperationConflictError} when it has not failed. */
  async reopen(id: string, by: Actor | undefined): Promise<void> {
    await this.#change(id, {
      set: `state = 'running', problem = null, finished_at = null, cancel_requested_at = null, pause_requested_at = null,
        actor = coalesce($2, actor)`,
      values: [by ? JSON.stringify(by) : null],
      from: `state = 'failed'`,
      action: 'operation.retried',
      by,
      refusal: 'The operation has not failed.',
    });
  }

  /** @throws {OperationConflictError} when it is not running, or is being cancelled. */
  async requestPause(id: string, by: Actor | undefined): Promise<void> {
    await this.#change(id, {
      set: 'pause_requested_at = coalesce(pause_requested_at, pg_catalog.now())',
      from: `state = 'running' and cancel_requested_at is null`,
      action: 'operation.pause_requested',
      by,
      refusal: 'The operation is not running.',
    });
  }

  /** What was asked for is done: nobody works on it any more. */
  async pause(id: string): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.operations set state = 'paused', pause_requested_at = null, updated_at = pg_catalog.now()
        where id = $1 and state = 'running'`,
      [id],
    );
  }

  /** @throws {OperationConflictError} when it is not paused. */
  async resume(id: string, by: Actor | undefined): Promise<void> {
    await this.#change(id, {
      set: `state = 'running'`,
      from: `state = 'paused'`,
      action: 'operation.resumed',
      by,
      refusal: 'The operation is not paused.',
    });
  }

  /** A paused one is running again, to be undone. @throws {OperationConflictError} when it has ended. */
  async requestCancel(id: string, by: Actor | undefined): Promise<void> {
    await this.#change(id, {
      set: `state = 'running', cancel_requested_at = coalesce(cancel_requested_at, pg_catalog.now())`,
      from: `state in ('running', 'paused')`,
      action: 'operation.cancel_requested',
      by,
      refusal: 'The operation has ended.',
    });
  }

  /** Those of the operations that are to be cancelled or paused. */
  async stopped(ids: readonly string[]): Promise<readonly string[]> {
    const { rows } = await this.#catalog.query<{ id: string }>(
      'select id from rowhouse.operations where id = any($1) and (cancel_requested_at is not null or pause_requested_at is not null)',
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  /** Running operations whose process is gone. */
  async abandoned(): Promise<readonly string[]> {
    const { rows } = await this.#catalog.query<{ id: string }>(
      `select id from rowhouse.operations where state = 'running' order by created_at`,
    );
    const held = await this.#catalog.heldLocks(rows.map(({ id }) => lockKeyOf('operation', id)));
    return rows.map(({ id }) => id).filter((id) => !held.has(lockKeyOf('operation', id)));
  }

  /** Changes the state, and records who did. @throws {OperationConflictError} when its present state does not allow it. */
  async #change(id: string, change: StateChange): Promise<void> {
    const { set, values = [], from, action, by, refusal } = change;
    await this.#catalog.transaction(async (client) => {
      const { rows } = await client.query<{ tenantId: string | null }>(
        `update rowhouse.operations set ${set}, updated_at = pg_catalog.now() where id = $1 and ${from} returning tenant_id as "tenantId"`,
        [id, ...values],
      );
      if (!rows[0]) throw new OperationConflictError(refusal);
      await runEach(client, [
        auditStatement({ action, tenantId: rows[0].tenantId ?? undefined, target: id, by }),
      ]);
    });
  }
}
