import { deferForeignKeys } from './deferred-foreign-keys.js';
import { deferIndexes } from './deferred-indexes.js';
import { type Client, type HomeTable } from './tables.js';

/**
 * Takes the indexes of empty tables away, and the foreign keys between them: many rows are written faster without. The tables must be
 * locked against everybody.
 *
 * @returns what makes them again, in the same transaction, and checks all rows.
 */
export async function deferChecks(
  client: Client,
  tables: readonly HomeTable[],
): Promise<() => Promise<void>> {
  if (tables.length === 0) return async () => {};
  const restoreForeignKeys = await deferForeignKeys(client, tables, 'within');
  const restores: (() => Promise<void>)[] = [];
  for (const table of tables) restores.push(await deferIndexes(client, table));
  return async () => {
    // A table with checks that still wait cannot be altered.
    await client.query('set constraints all immediate');
    for (const restore of restores) await restore();
    await restoreForeignKeys();
  };
}
