import { type Tenant, TenantConflictError } from '@rowhouse/core';
import { ROW_POLICIES } from '@rowhouse/core/internal';
import { TENANT_COLUMN } from '@rowhouse/typeorm/internal';
import { MigrationRefusedError } from '../../errors.js';
import type { ParsedAdoptionOptions } from '../adoption-options.js';
import type { AdoptedObjects } from '../conversion.js';
import type { OwnerTransaction } from '../owner-transaction.js';
import { refuseLeaks } from './leaks.js';
import { loginOfTransaction, refuseForeignObjects } from './ownership.js';
import { readObjects, readReferences, rootTables, type SchemaObject } from './schema-objects.js';
import { stayingObjects } from './staying-objects.js';
import { type TypeormTables, typeormTables } from './typeorm-tables.js';

type Survey = Pick<AdoptedObjects, 'objects' | 'sharedSequences' | 'login'> & {
  readonly warnings: readonly string[];
};

/** Reads the objects to adopt, and checks that they can be adopted. It changes nothing. */
export async function survey(
  owner: OwnerTransaction,
  options: ParsedAdoptionOptions,
  tenant: Tenant,
): Promise<Survey> {
  await refuseOccupied(owner, options.from, tenant);
  const login = await loginOfTransaction(owner);
  const { leaving, ...found } = await findObjects(owner, options, typeormTables(owner.dataSource));
  await refuseForeignObjects(owner, found.objects, login);
  if (tenant.isolation === 'schema') refuseSameNames(found.objects);
  if (tenant.isolation === 'row') await refuseTypedTables(owner, found.objects);
  const accepted = await refuseLeaks(owner, options, leaving);
  return { ...found, login, warnings: [...accepted, ...(await warnOfPublications(owner, options.from))] };
}

/** @throws {MigrationRefusedError} when the database has no catalog, or the schema already has tables of row tenants. */
async function refuseOccupied(
  owner: OwnerTransaction,
  from: readonly string[],
  tenant: Tenant,
): Promise<void> {
  const [found] = await owner.read<{ catalog: boolean; secured: string | null; taken: boolean }>(
    `select pg_catalog.to_regclass('rowhouse.adoptions') is not null as catalog,
            (select min(c.relname) from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
              where p.polname = $2 and c.relnamespace in (select oid from pg_catalog.pg_namespace where nspname = any($1))) as secured,
            exists (select from pg_catalog.pg_namespace where nspname = $3) as taken`,
    [from, ROW_POLICIES.tenant, tenant.schema],
  );
  if (!found?.catalog)
    throw new MigrationRefusedError(
      "This database has no catalog, or an older one. The registry's directUrl and the catalog must both lead to the database to adopt.",
    );
  if (found.secured !== null)
    throw new MigrationRefusedError(
      `The table ${found.secured} of "${from.join('", "')}" already holds rows of tenants: this database has been adopted.`,
    );
  if (found.taken && tenant.isolation === 'schema')
    throw new TenantConflictError(`The schema "${tenant.schema}" of this tenant exists already.`);
}

async function findObjects(
  owner: OwnerTransaction,
  { from, keep, tenant }: ParsedAdoptionOptions,
  { common, history, metadata }: TypeormTables,
): Promise<Pick<Survey, 'objects' | 'sharedSequences'> & { leaving: SchemaObject[] }> {
  const all = await readObjects(owner, from);
  const references = await readReferences(owner, from);
  const isRow = tenant.isolation === 'row';
  const staying = stayingObjects(all, references, keep, isRow ? [...common, history, metadata] : common);
  const leaving = all.filter(({ key }) => !staying.has(key));
  const objects = leaving.filter(({ relkind }) => !(isRow && relkind === undefined));
  if (rootTables(objects).length === 0)
    throw new MigrationRefusedError(`There is no table to adopt in the schema "${from.join('", "')}".`);
  const adopted = new Set(objects.map(({ key }) => key));
  const used = new Set(references.filter(({ from: user }) => adopted.has(user)).map(({ to }) => to));
  const sharedSequences = all.filter(
    ({ key, relkind }) => relkind === 'S' && staying.has(key) && used.has(key),
  );
  return { objects, sharedSequences, leaving };
}

/** @throws {MigrationRefusedError} when relations or types of several schemas have the same name, which one schema cannot hold. */
function refuseSameNames(objects: readonly SchemaObject[]): void {
  const byName = new Map<string, SchemaObject[]>();
  for (const object of objects.filter(({ relkind, kind }) => relkind !== undefined || TYPES.has(kind)))
    byName.set(object.bareName, [...(byName.get(object.bareName) ?? []), object]);
  const same = [...byName.values()].filter((all) => new Set(all.map(({ schema }) => schema)).size > 1);
  if (same.length === 0) return;
  throw new MigrationRefusedError(
    `One home cannot hold two objects of one name: ${same.map((all) => all.map(({ name }) => name).join(' and ')).join('; ')}. Rename one of each.`,
  );
}

/** @throws {MigrationRefusedError} when tables are of a composite type, and so can have no column of their own. */
async function refuseTypedTables(owner: OwnerTransaction, objects: readonly SchemaObject[]): Promise<void> {
  const typed = await owner.read<{ name: string; type: string }>(
    `select oid::pg_catalog.regclass::text as name, reloftype::pg_catalog.regtype::text as type from pg_catalog.pg_class
      where oid = any($1::oid[]) and reloftype <> 0 order by 1`,
    [objects.filter(({ relkind }) => relkind !== undefined).map(({ objid }) => objid)],
  );
  if (typed.length === 0) return;
  throw new MigrationRefusedError(
    `Tables of a type can have no column "${TENANT_COLUMN}": ${typed.map(({ name, type }) => `${name} (of ${type})`).join(', ')}. ` +
      `Make them tables of their own, with the columns that they have: ${typed.map(({ name }) => `alter table ${name} not of`).join('; ')}`,
  );
}

const TYPES: ReadonlySet<string> = new Set(['type', 'domain']);

const PUBLICATIONS = `
  select p.pubname::text as name, pg_catalog.format('the tables of the schema %I', n.nspname) as what, true as "isSchema"
    from pg_catalog.pg_publication p
    join pg_catalog.pg_publication_namespace s on s.pnpubid = p.oid
    join pg_catalog.pg_namespace n on n.oid = s.pnnspid
   where n.nspname = any($1)
   union all
  select p.pubname, pg_catalog.format('%I.%I', n.nspname, c.relname), false
    from pg_catalog.pg_publication p
    join pg_catalog.pg_publication_rel r on r.prpubid = p.oid
    join pg_catalog.pg_class c on c.oid = r.prrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = any($1)
   order by 1, 2`;

/** A publication follows a table that moves, and does not follow what leaves a schema that it publishes as a whole. */
async function warnOfPublications(owner: OwnerTransaction, from: readonly string[]): Promise<string[]> {
  const found = await owner.read<{ name: string; what: string; isSchema: boolean }>(PUBLICATIONS, [from]);
  return found.map(({ name, what, isSchema }) =>
    isSchema
      ? `The publication ${name} publishes ${what}, and no tenant's: add the home to it (ALTER PUBLICATION … ADD TABLES IN SCHEMA).`
      : `The publication ${name} goes on publishing ${what}, which is the tenant's now.`,
  );
}
