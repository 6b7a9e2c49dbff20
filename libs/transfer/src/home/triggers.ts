import type { Tenant } from '@rowhouse/core';
import { IS_JOURNAL_TRIGGER } from '@rowhouse/core/internal';
import pg from 'pg';
import { TransferRefusedError } from '../errors.js';
import { type Client, type HomeTable, nameOf } from './tables.js';

const { escapeIdentifier: quote } = pg;

/** Those of partitions too, each by itself: one may be off that its parent has on. */
const TRIGGERS = `
  select distinct t.tgrelid::pg_catalog.regclass::text as "table", t.tgname::text as name, t.tgenabled = 'A' as "isAlways",
         t.tgtype & 4 = 4 as "forInsert", t.tgtype & 16 = 16 as "forUpdate", t.tgtype & 8 = 8 as "forDelete"
    from pg_catalog.pg_trigger t
   where not t.tgisinternal and t.tgenabled in ('O', 'A') and not ${IS_JOURNAL_TRIGGER}
     and (t.tgrelid = any ($1::pg_catalog.regclass[])
          or t.tgrelid in (select p.relid from unnest($1::pg_catalog.regclass[]) r cross join pg_catalog.pg_partition_tree(r) p))`;

export interface Trigger {
  readonly table: string;
  readonly name: string;
  readonly isAlways: boolean;
  readonly forInsert: boolean;
  readonly forUpdate: boolean;
  readonly forDelete: boolean;
}

/** The tables of triggers, for messages. */
export function tablesOfTriggers(triggers: readonly Trigger[]): string {
  return [...new Set(triggers.map(({ table }) => table))].join(', ');
}

/** The application's triggers that are on. */
export async function triggersOf(client: Client, tables: readonly HomeTable[]): Promise<readonly Trigger[]> {
  const { rows } = await client.query<Trigger>(TRIGGERS, [tables.map(nameOf)]);
  return rows;
}

/**
 * Turns triggers off until {@link enableTriggers}, in a transaction of the owner; where tenants share the tables, none may be to run.
 *
 * @param wouldRun - which of them would run.
 * @throws {TransferRefusedError}
 */
export async function quietTriggers(
  client: Client,
  { isolation }: Pick<Tenant, 'isolation'>,
  tables: readonly HomeTable[],
  wouldRun: (trigger: Trigger) => boolean,
): Promise<readonly Trigger[]> {
  const triggers = (await triggersOf(client, tables)).filter(wouldRun);
  if (isolation === 'row' && triggers.length > 0)
    throw new TransferRefusedError(
      `Triggers of these tables would run for rows that are not new, and turning them off would turn them off for all tenants: ${tablesOfTriggers(triggers)}. Leave these tables out, or take a tenant with isolation schema or database.`,
    );
  await disableTriggers(client, triggers);
  return triggers;
}

export async function disableTriggers(client: Client, triggers: readonly Trigger[]): Promise<void> {
  for (const { table, name } of triggers)
    await client.query(`alter table only ${table} disable trigger ${quote(name)}`);
}

export async function enableTriggers(client: Client, triggers: readonly Trigger[]): Promise<void> {
  for (const { table, name, isAlways } of triggers)
    await client.query(`alter table only ${table} enable ${isAlways ? 'always ' : ''}trigger ${quote(name)}`);
}
