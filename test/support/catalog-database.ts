import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { migrateCatalog } from '@rowhouse/core/internal';
import { createTemplateDatabase, createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';

/** Owns what is in the template, and nothing else: so that all of it can be given to somebody else. */
const TEMPLATE_OWNER = 'rowhouse_catalog_template';
const PASSWORD = 'owner';

/** A persistent server may have the template of another release. */
const TEMPLATE = `rowhouse_catalog_${digestOf(new URL('../../libs/core/src/catalog/steps/', import.meta.url))}`;

function digestOf(folder: URL): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(new URL(name, folder)));
  return hash.digest('hex').slice(0, 12);
}

export interface CatalogDatabaseOptions {
  /** A name for a login that is no superuser, may make roles and databases, and owns the database with its catalog. Default: a superuser does. */
  readonly owner?: string;
  readonly serverUrl?: string;
}

export interface CatalogDatabase extends TestDatabase {
  /** Connects as the owner of the catalog. */
  readonly ownerUrl: string;
}

/** A database that has the catalog already: to clone one takes a fraction of the time of all its steps. */
export async function createCatalogDatabase({
  owner,
  serverUrl,
}: CatalogDatabaseOptions = {}): Promise<CatalogDatabase> {
  const template = await createTemplateDatabase(TEMPLATE, build, { serverUrl });
  const database = await createTestDatabase({ template, serverUrl });
  await onServer(database.url, async (client) => {
    if (owner) {
      await client.query(`create role ${owner} login createrole createdb password '${PASSWORD}'`);
      await client.query(`alter database ${database.name} owner to ${owner}`);
    }
    await client.query(`reassign owned by ${TEMPLATE_OWNER} to ${owner ?? 'current_user'}`);
  });
  const login = owner ? { username: owner, password: PASSWORD } : {};
  return { ...database, ownerUrl: Object.assign(new URL(database.url), login).href };
}

async function build(url: string): Promise<void> {
  await onServer(url, async (client) => {
    await client.query(
      `do $$ begin create role ${TEMPLATE_OWNER}; exception when duplicate_object then end $$`,
    );
    const database = pg.escapeIdentifier(new URL(url).pathname.slice(1));
    await client.query(
      `grant create on database ${database} to ${TEMPLATE_OWNER}; set role ${TEMPLATE_OWNER}`,
    );
    await migrateCatalog(client);
  });
}

async function onServer(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
