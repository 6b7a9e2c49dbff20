import type { DataSource, QueryRunner } from 'typeorm';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import type { History } from './history.js';
import { HistoryTables } from './history-tables.js';
import type { Home } from './home.js';
import { isSharedName } from './migration-set.js';

/** A home with an open connection of its owner, and its migrations tables. */
export interface OpenHome {
  readonly home: Home;
  readonly runner: QueryRunner;
  readonly dataSource: DataSource;
  readonly tables: HistoryTables;
  /** The schema that holds the home's tables. */
  readonly schema: string;
}

/** Opens a connection of the home's owner for `work`. @param options.mayBeMissing - `work` itself creates the home. */
export async function openHome<T>(
  deployment: Pick<FleetDeployment, 'registry' | 'schemaOf'>,
  home: Home,
  work: (open: OpenHome) => Promise<T>,
  options: { readonly mayBeMissing?: boolean } = {},
): Promise<T> {
  const dataSource = await deployment.registry.directFor(home.tenant, options);
  const runner = dataSource.createQueryRunner();
  const schema = deployment.schemaOf(home.tenant);
  try {
    return await work({ home, runner, dataSource, schema, tables: new HistoryTables(dataSource, schema) });
  } finally {
    await runner.release();
  }
}

/** Reads the history of a home from its own tables. */
export function readHistory(deployment: FleetDeployment, home: Home): Promise<History> {
  return openHome(deployment, home, async ({ tables, runner }) =>
    ownHistory(home, (await tables.read(runner)).history),
  );
}

/** Selects a home's part of a history: row tenants' tables and shared tables can be in one schema, with separate histories. */
export function ownHistory({ kind }: Home, history: History): History {
  if (kind === 'database') return history;
  return history.filter((name) => isSharedName(name) === (kind === 'shared'));
}

/** Runs `work` in a transaction of the query runner. */
export async function inRunnerTransaction<T>(runner: QueryRunner, work: () => Promise<T>): Promise<T> {
  await runner.startTransaction();
  try {
    const result = await work();
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // The first error is the one to report. On a broken connection the rollback fails too.
    await runner.rollbackTransaction().catch(() => {});
    throw error;
  }
}
