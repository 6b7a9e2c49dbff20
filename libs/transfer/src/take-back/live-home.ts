import type pg from 'pg';
import type { CopyRow } from '../copy/copy-rows.js';
import type { HomeTable } from '../home/tables.js';
import type { ChangedTable } from './change-rows.js';

/** A row as it is, and as it is to be: one of them is left out for a row that comes or goes. */
export interface RowStep {
  readonly before: CopyRow | undefined;
  readonly after: CopyRow | undefined;
}

/** All changes of one home, as often as they are needed. */
export interface Changes {
  /** Tables that others refer to first. */
  readonly tables: readonly ChangedTable[];
  /** @param kind - left out: all. */
  of(table: ChangedTable, kind: 'added' | 'removed' | 'changed' | 'all'): AsyncIterable<readonly RowStep[]>;
}

/** The home of a tenant that is in use, in the one transaction that changes its rows. */
export interface LiveHome {
  /** Reads and writes the rows of the tenant and of no other. */
  readonly client: pg.PoolClient;
  readonly tables: readonly HomeTable[];
  /** Makes all changes, and checks all constraints. */
  apply(changes: Changes): Promise<void>;
  /** @param isDone - commits; otherwise what was done is undone. */
  close(isDone: boolean): Promise<void>;
}
