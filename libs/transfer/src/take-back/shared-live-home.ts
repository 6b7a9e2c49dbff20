import { type Tenant, TenantContext } from '@rowhouse/core';
import { ROW_POLICIES, sqlStateOf } from '@rowhouse/core/internal';
import type { FleetDeployment } from '@rowhouse/migrations/internal';
import pg from 'pg';
import type { CopyRow } from '../copy/copy-rows.js';
import { TakeBackRefusedError } from '../errors.js';
import { COMPARABLE_SETTINGS } from '../home/comparable.js';
import { withoutLimits } from '../home/plain-settings.js';
import type { QueryRunner } from '../home/query-runner.js';
import { inOrder } from '../home/references.js';
import { type ReferringKey, referringKeysOf } from '../home/referring-keys.js';
import { moveSequences } from '../home/sequences.js';
import { type HomeTable, sourceOf, tablesOf } from '../home/tables.js';
import { tablesOfTriggers, triggersOf } from '../home/triggers.js';
import { addRows, type ChangedTable, deleteRows, given, sameRow, updateRows } from './change-rows.js';
import type { Changes, LiveHome } from './live-home.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

const UNIQUE_VIOLATION = '23505';

/**
 * Tables that hold rows of other tenants too, which go on working. It acts as the tenant, in one snapshot: a row that is changed
 * meanwhile ends it.
 */
export class SharedLiveHome implements LiveHome {
  private constructor(
    readonly client: pg.PoolClient,
    readonly tables: readonly HomeTable[],
    private readonly runner: QueryRunner,
    private readonly owner: QueryRunner,
    private readonly tenant: Tenant,
    /** Follows the context. */
    private readonly ambient: Pick<FleetDeployment['registry']['ambient'], 'query'>,
  ) {}

  /** @param choose - the tables that may be changed, of all. */
  static async open(
    deployment: FleetDeployment,
    tenant: Tenant,
    except: readonly string[],
    choose: (tables: readonly HomeTable[]) => readonly HomeTable[],
    signal: AbortSignal | undefined,
  ): Promise<SharedLiveHome> {
    const runner = deployment.registry.for(withoutLimits(tenant), { signal }).createQueryRunner();
    try {
      const client: pg.PoolClient = await runner.connect();
      await client.query('begin isolation level repeatable read');
      await client.query(COMPARABLE_SETTINGS);
      const found = await tablesOf(client, tenant, deployment.schemaOf(tenant), except);
      const tables = await inOrder(client, choose(found));
      const owner = (await deployment.registry.directFor(tenant, { signal })).createQueryRunner();
      return new SharedLiveHome(client, tables, runner, owner, tenant, deployment.registry.ambient);
    } catch (error) {
      await runner.release();
      throw error;
    }
  }

  /** Rows that refer to others come after them and go before them; where that meets a unique key, rows go first. */
  async apply(changes: Changes): Promise<void> {
    await this.#refuseTriggers(changes.tables);
    await this.client.query('set constraints all deferred');
    await this.client.query('savepoint rowhouse');
    try {
      await this.#add(changes);
      await this.#update(changes);
      await this.#remove(changes);
    } catch (error) {
      if (sqlStateOf(error) !== UNIQUE_VIOLATION) throw error;
      await this.client.query('rollback to savepoint rowhouse');
      await this.#remove(changes);
      await this.#add(changes);
      await this.#update(changes);
    }
    await this.client.query('set constraints all immediate');
    const owner: pg.PoolClient = await this.owner.connect();
    const changed = changes.tables.map(({ table }) => table);
    await moveSequences(this.client, owner, changed, { shared: true });
  }

  async close(isDone: boolean): Promise<void> {
    try {
      if (isDone) await this.client.query('commit');
    } finally {
      await this.runner.release();
      await this.owner.release();
    }
  }

  async #add(changes: Changes): Promise<void> {
    for (const table of changes.tables)
      for await (const steps of changes.of(table, 'added'))
        await addRows(
          this.client,
          table,
          steps.map(({ after }) => after as CopyRow),
        );
  }

  async #update(changes: Changes): Promise<void> {
    for (const table of changes.tables)
      for await (const steps of changes.of(table, 'changed')) {
        const rows = steps as readonly { before: CopyRow; after: CopyRow }[];
        await this.#refuseActions(
          table,
          rows.map(({ before }) => before),
          'onUpdate',
        );
        await updateRows(this.client, table, rows);
      }
  }

  async #remove(changes: Changes): Promise<void> {
    for (const table of changes.tables.toReversed())
      for await (const steps of changes.of(table, 'removed')) {
        const rows = steps.map(({ before }) => before as CopyRow);
        await this.#refuseActions(table, rows, 'onDelete');
        await deleteRows(this.client, table, rows);
      }
  }

  async #refuseTriggers(tables: readonly ChangedTable[]): Promise<void> {
    const triggers = await triggersOf(
      this.client,
      tables.map(({ table }) => table),
    );
    if (triggers.length > 0)
      throw new TakeBackRefusedError(
        `Triggers of these tables would run, and turning them off would turn them off for all tenants: ${tablesOfTriggers(triggers)}. Nothing was changed. Take back other tables, or give the tenant a schema of its own (rowhouse export, rowhouse import --isolation schema).`,
      );
  }

  /** What a foreign key would change by itself is none of the changes, and no undo would know it. */
  async #refuseActions(
    changed: ChangedTable,
    rows: readonly CopyRow[],
    event: 'onDelete' | 'onUpdate',
  ): Promise<void> {
    const key = changed.columns.slice(0, changed.keyLength).map(({ name }) => name);
    for (const action of await referringKeysOf(this.client, [changed.table])) {
      const { name, table, from: own, columns, referenced, [event]: acts } = action;
      if (!acts || (event === 'onUpdate' && referenced.every((column) => key.includes(column)))) continue;
      const refers = columns.map(
        (column, index) => `r.${quote(column)} = t.${quote(referenced[index] ?? '')}`,
      );
      const { from, values } = given(changed, rows);
      // Rows of the same table that go as well may refer to each other.
      const stays =
        own !== null ? `where not exists (select from ${from} where ${sameRow(changed, 'r')})` : '';
      const { rowCount } = await this.client.query(
        `select from ${table} r join ${sourceOf(changed.table)} t on ${refers.join(' and ')} join ${from} on ${sameRow(changed)} ${stays} limit 1`,
        values,
      );
      if (rowCount !== 0)
        throw new TakeBackRefusedError(
          `Rows of ${table} refer to rows of ${changed.table.name} that would go or change, and the foreign key ${name} would change them as well. Nothing was changed. Take back ${table} too.`,
        );
      await this.#refuseStrangers(changed, rows, action);
    }
  }

  /** Foreign keys know no policies: rows of other tenants can refer to these, and would go or change with them. */
  async #refuseStrangers(
    changed: ChangedTable,
    rows: readonly CopyRow[],
    { name, table, columns, referenced, isShared, isSeenBySystem }: ReferringKey,
  ): Promise<void> {
    if (!isShared || columns.includes('tenant_id')) return;
    const { from, values } = given(changed, rows);
    const places = referenced.map((column) => changed.columns.findIndex((one) => one.name === column));
    const isSeen = isSeenBySystem && !places.includes(-1);
    const refers = columns.map((column, index) => {
      const at = places[index] as number;
      return `r.${quote(column)} = w.c${at}::${changed.columns[at]?.type}`;
    });
    const found: unknown[] = isSeen
      ? await TenantContext.runAsSystem(
          'rows of others that would change with those that are taken back',
          () =>
            this.ambient.query(
              `select from ${from} join ${table} r on ${refers.join(' and ')} where r.tenant_id <> ${literal(this.tenant.id)} limit 1`,
              values,
            ),
        )
      : [undefined];
    if (found.length > 0)
      throw new TakeBackRefusedError(
        isSeen
          ? `Rows of other tenants in ${table} refer to rows of ${changed.table.name} that would go or change, and the foreign key ${name} would change them as well. Nothing was changed. Add tenant_id to the foreign key.`
          : `Nobody can see whether rows of other tenants in ${table} would change by the foreign key ${name}. Nothing was changed. Add the policy ${ROW_POLICIES.system} to ${table}, or tenant_id to the foreign key.`,
      );
  }
}
