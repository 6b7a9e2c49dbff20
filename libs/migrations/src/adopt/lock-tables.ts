import type { OwnerTransaction } from './owner-transaction.js';
import type { SchemaObject } from './survey/schema-objects.js';

/** Locks the tables against all other sessions until the end of the transaction. */
export async function lockTables(owner: OwnerTransaction, objects: readonly SchemaObject[]): Promise<void> {
  const names = objects.filter(({ relkind }) => relkind === 'r' || relkind === 'p').map(({ name }) => name);
  if (names.length > 0) await owner.change(`lock table ${names.join(', ')} in access exclusive mode`);
}
