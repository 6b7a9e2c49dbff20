import type { DataSource, QueryRunner } from 'typeorm';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import type { History } from './history.js';
import { HistoryTables } from './history-tables.js';
import type { Home } from './home.js';
import { isSharedName } from './migration-set.js';

/** A home that is open: a connection of its owner, and its tables of migrations. */
export interface OpenHome {
  readonly home: Home;
  readonly runner: QueryRunner;
  readonly dataSource: DataSource;
  readonly tables: HistoryTables;
  /** That holds the home's tables. */
  readonly schema: string;
}

/** Opens a home for its owner. @param options.mayBeMissing - it is made by the first statement. */
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

/** What a home has had, as its own tables have it. */
export function readHistory(deployment: FleetDeployment, home: Home): Promise<History> {
  return openHome(deployment, home, async ({ tables, runner }) =>
    historyOfHome(home, (await tables.read(runner)).history),
  );
}

/** The tables of row tenants and the shared ones stand in one schema, and have histories of their own. */
export function historyOfHome({ kind }: Home, history: History): History {
  if (kind === 'database') return history;
  return history.filter((name) => isSharedName(name) === (kind === 'shared'));
}
