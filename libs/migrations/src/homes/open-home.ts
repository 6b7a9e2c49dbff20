import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { DataSource, QueryRunner } from 'typeorm';
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

/** Opens homes for their owner. */
export class HomeDoor {
  readonly #registry: DataSourceRegistry;
  readonly #homeSchema: string;

  /** @param homeSchema - where tables are that are in no schema of their tenant's own. */
  constructor(registry: DataSourceRegistry, homeSchema: string) {
    this.#registry = registry;
    this.#homeSchema = homeSchema;
  }

  /** @param options.mayBeMissing - the home is yet to be made, by the first statement. */
  async open<T>(
    home: Home,
    work: (open: OpenHome) => Promise<T>,
    options: { readonly mayBeMissing?: boolean } = {},
  ): Promise<T> {
    const dataSource = await this.#registry.directFor(home.tenant, options);
    const runner = dataSource.createQueryRunner();
    const schema = home.kind === 'schema' ? home.tenant.schema : this.#homeSchema;
    try {
      return await work({ home, runner, dataSource, schema, tables: new HistoryTables(dataSource, schema) });
    } finally {
      await runner.release();
    }
  }

  /** What a home has had, as it says itself. */
  historyOf(home: Home): Promise<History> {
    return this.open(home, async ({ tables, runner }) => ofHome(home, (await tables.read(runner)).history));
  }
}

/** The tables of row tenants and the shared ones stand in one schema, and have histories of their own. */
export function ofHome({ kind }: Home, history: History): History {
  if (kind === 'database') return history;
  return history.filter((name) => isSharedName(name) === (kind === 'shared'));
}
