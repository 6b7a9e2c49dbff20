import type pg from 'pg';
import { bearsMark } from '../homes/deployment-mark.js';
import { DEFAULT_PLACEMENT, loginsAt, ownerConfigAt, placementMark } from '../homes/placements.js';
import { serverFacts } from '../homes/server-facts.js';
import { withFields } from '../support/postgres-address.js';
import type { Tenant } from '../tenant.js';
import { ExaminedDatabase, type ExaminedDatabaseParts } from './examined-database.js';
import { openPool } from './open-pool.js';
import { explain } from './report.js';

/** The main database, and how the owner connects to it. */
export type MainDatabase = ExaminedDatabase & { readonly ownerConfig: pg.ClientConfig };

/** The database of a placement. */
export class ExaminedPlacement extends ExaminedDatabase {
  readonly #main: MainDatabase;

  constructor(main: MainDatabase, parts: ExaminedDatabaseParts) {
    super(parts);
    this.#main = main;
  }

  tenants(): Promise<readonly Tenant[] | undefined> {
    return this.#main.tenants();
  }
}

export interface ExaminedPlacements {
  readonly reached: readonly ExaminedPlacement[];
  /** Why others cannot be examined, by name. Those that no tenant lives on, and that are not marked yet, are left out. */
  readonly unreached: ReadonlyMap<string, string>;
}

/** Connects to the databases of the placements that the options name. */
export async function reachPlacements(main: MainDatabase): Promise<ExaminedPlacements> {
  const reached: ExaminedPlacement[] = [];
  const unreached = new Map<string, string>();
  for (const name of Object.keys(main.settings.databases.placements)) {
    if (name === DEFAULT_PLACEMENT) continue;
    try {
      const placement = await reach(main, name);
      if (placement) reached.push(placement);
      else if (await isInUse(main, name)) unreached.set(name, 'its database does not bear its mark');
    } catch (error) {
      unreached.set(name, explain(error));
    }
  }
  return { reached, unreached };
}

/** @returns `undefined` where the database is not marked as that of the placement. */
async function reach(main: MainDatabase, name: string): Promise<ExaminedPlacement | undefined> {
  const { ownerConfig, settings, deployment, tablesWithoutTenant } = main;
  const { placements } = settings.databases;
  const owner = openPool(withFields(await ownerConfigAt(placements, name, ownerConfig), { max: 2 }));
  try {
    if (await bearsMark(owner, placementMark(name, deployment))) {
      const [login = main.login] = await loginsAt(placements, name, []);
      const server = await serverFacts(owner);
      const parts = { placement: name, owner, login, server, settings, deployment, tablesWithoutTenant };
      return new ExaminedPlacement(main, parts);
    }
  } catch (error) {
    await owner.end();
    throw error;
  }
  await owner.end();
  return undefined;
}

async function isInUse(main: MainDatabase, name: string): Promise<boolean> {
  const tenants = (await main.tenants()) ?? [];
  return tenants.some(({ isolation, placement }) => isolation !== 'database' && placement === name);
}
