import type { Tenant } from '@rowhouse/core';
import { messageOf, sqlStateOf } from '@rowhouse/core/internal';
import type { TransferControl } from '../control.js';
import { TransferConflictError } from '../errors.js';
import { deferChecks } from '../home/deferred-checks.js';
import { keysOf } from '../home/keys.js';
import { inGroups, type Reference, referencesOf } from '../home/references.js';
import { moveSequences } from '../home/sequences.js';
import type { Client, HomeTable } from '../home/tables.js';
import { enableTriggers, quietTriggers } from '../home/triggers.js';
import { refuseObjects } from '../large-objects/refuse-objects.js';
import { type MergedTable, type MergeTable, type Rows, stagedRows } from './merge-table.js';
import { actingFor } from './own-rows.js';
import { refuseCascades } from './refuse-cascades.js';
import { remap } from './remap.js';
import { type Conflict, conflictsOf, dropConflicting, dropSame, takeUpdates } from './resolve.js';
import { stageRows } from './stage.js';
import { writeGroup } from './write-group.js';

/** What is done with rows whose key another row has at the target. */
export type OnConflict = 'fail' | 'skip' | 'overwrite' | 'remap';

/** A table of a merge, with its rows. */
export interface MergeInput {
  readonly table: MergeTable;
  /** Rows that the connection can read in the target's name, or that were staged. */
  rows: Rows;
  /** The table is empty, and locked against everybody. */
  readonly isEmpty?: boolean;
}

/** The tables that rows are merged into, with their keys. */
export async function mergeTablesOf(
  client: Client,
  targets: readonly HomeTable[],
): Promise<readonly MergeTable[]> {
  const keys = await keysOf(client, targets);
  return targets.map((target, number) => ({
    number,
    target,
    keys: keys[number] ?? [],
    key: keys[number]?.find(({ isWhole }) => isWhole),
  }));
}

export interface MergeOptions {
  readonly onConflict: OnConflict;
  /** Finds out what would be written, and writes nothing. */
  readonly dryRun: boolean;
}

/**
 * Writes rows to tables that have rows, in the transaction of the connection, which is the owner's. The application's triggers do not
 * run. Rows that are there already, equal in every column, are no conflict (except with `remap`, where they are others by chance).
 *
 * @param tenant - whose rows they become.
 * @throws {TransferConflictError} for conflicts that are not to be resolved, or cannot be.
 * @throws {TransferRefusedError} where triggers of tables that tenants share would run, or rows name large objects.
 */
export async function merge(
  connection: Client,
  tenant: Tenant,
  inputs: readonly MergeInput[],
  { onConflict, dryRun }: MergeOptions,
  { onProgress }: TransferControl,
): Promise<readonly MergedTable[]> {
  const client = actingFor(connection, tenant);
  const tables = inputs.map(({ table }) => table);
  const targets = tables.map(({ target }) => target);
  await refuseObjects(client, inputs);
  const references = await referencesOf(client, targets);
  const merged = targets.map(({ name }): MergedTable => newMerged(name));
  const conflicts = await resolve(client, tenant, inputs, merged, references, onConflict);
  if (dryRun) {
    for (const [index, input] of inputs.entries())
      await countNew(client, input, merged[index] as MergedTable);
    return merged;
  }
  if (conflicts.length > 0) throw conflictError(conflicts, onConflict);
  for (const [index, table] of tables.entries())
    if (merged[index]?.overwritten) await refuseCascades(client, tenant, table);
  const triggers = await quietTriggers(
    client,
    tenant,
    targets,
    ({ forInsert, forUpdate }) => forInsert || (forUpdate && onConflict === 'overwrite'),
  );
  const restoreChecks = await deferChecks(
    connection,
    inputs.flatMap(({ table, isEmpty }) => (isEmpty ? [table.target] : [])),
  );
  let done = 0;
  for (const group of inGroups(tables.length, references)) {
    const written = group.map((index) => ({
      ...(inputs[index] as MergeInput),
      merged: merged[index] as MergedTable,
    }));
    onProgress?.({
      table: written.map(({ merged: { name } }) => name).join(', '),
      done,
      total: tables.length,
    });
    await explained(writeGroup(client, tenant, written));
    done += group.length;
  }
  await explained(restoreChecks());
  await enableTriggers(client, triggers);
  await moveSequences(client, client, targets, { shared: tenant.isolation === 'row' });
  return merged;
}

/** Counts what would be written as new rows: what is left but for conflicts that nothing resolves. */
async function countNew(client: Client, { rows: { from } }: MergeInput, one: MergedTable): Promise<void> {
  const { rows } = await client.query<{ count: string }>(
    `select pg_catalog.count(*) as count from ${from} s`,
  );
  const { conflicts, skipped, overwritten, remapped } = one;
  one.written = Math.max(0, Number(rows[0]?.count) - (conflicts - skipped - overwritten - remapped));
}

function newMerged(name: string): MergedTable {
  return { name, written: 0, same: 0, conflicts: 0, skipped: 0, overwritten: 0, remapped: 0 };
}

/** @returns the conflicts that are left. */
async function resolve(
  client: Client,
  tenant: Tenant,
  inputs: readonly MergeInput[],
  merged: readonly MergedTable[],
  references: readonly Reference[],
  onConflict: OnConflict,
): Promise<readonly Conflict[]> {
  const left: Conflict[] = [];
  if (onConflict === 'remap') {
    for (const input of inputs) await ensureStaged(client, input);
    const counts = await remap(
      client,
      tenant,
      inputs.map(({ table }) => table),
      references,
    );
    for (const [index, count] of counts.entries()) {
      const one = merged[index] as MergedTable;
      one.conflicts = one.remapped = count;
    }
  }
  for (const [index, input] of inputs.entries()) {
    const { table } = input;
    const one = merged[index] as MergedTable;
    const found = await conflictsOf(client, tenant, table, input.rows);
    if (found.length === 0) continue;
    if (onConflict === 'remap') {
      left.push(...found);
      continue;
    }
    await ensureStaged(client, input);
    one.same = await dropSame(client, tenant, table);
    if (onConflict === 'overwrite') await takeUpdates(client, tenant, table, one);
    if (onConflict === 'skip') {
      if (table.key) await dropConflicting(client, tenant, table, one);
      else left.push(...found);
      continue;
    }
    const still = await conflictsOf(client, tenant, table, input.rows);
    one.conflicts += Math.max(0, ...still.map(({ rows }) => rows));
    left.push(...still);
  }
  return left;
}

async function ensureStaged(client: Client, input: MergeInput): Promise<void> {
  const staged = stagedRows(input.table);
  if (input.rows.from === staged.from) return;
  await stageRows(client, input.table, input.rows);
  input.rows = staged;
}

function conflictError(conflicts: readonly Conflict[], onConflict: OnConflict): TransferConflictError {
  const list = conflicts
    .slice(0, 20)
    .map(({ table, key, rows }) => `${table} (${key.join(', ')}): ${rows}`)
    .join('; ');
  const remedy = {
    fail: 'Choose what is to be done with them: skip, overwrite or remap.',
    skip: 'These tables have no key that tells all rows apart: give them a primary key, or leave them out.',
    overwrite:
      'They have the key of a row that is not the one with their primary key. Change or remove that row first.',
    remap:
      'Only primary keys that are generated (identity, serial, uuid) can be given anew. Change or remove the rows that have these keys first.',
  }[onConflict];
  return new TransferConflictError(
    `Rows that are there already have keys of rows that should come, in table (key): ${list}. ${remedy}`,
  );
}

/** What PostgreSQL refuses, in words that say what to do. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const remedy = REMEDIES[sqlStateOf(error) ?? ''];
    throw remedy ? new TransferConflictError(`${messageOf(error)}. ${remedy}`, error) : error;
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  '23505':
    'Another tenant has this key in a table that tenants share, or it was written meanwhile. Use remap, or keys that are unique among tenants.',
  '23P01': 'A row that is there excludes one that should come. Change or remove it first.',
  '23503': 'Rows refer to rows that are not there. Take the tables that they refer to as well.',
  '23502': 'A column that must not be empty has no value.',
  '23514': 'A row does not pass a check of the table.',
};
