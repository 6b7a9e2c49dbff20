import { type Tenant, TenantConflictError } from '@rowhouse/core';
import { ROW_POLICIES } from '@rowhouse/core/internal';
import { MigrationRefusedError } from '../errors.js';
import type { ParsedAdoptionOptions } from './adoption-options.js';
import type { Found } from './conversion.js';
import type { OwnerTransaction } from './owner-transaction.js';
import { loginOfTransaction, refuseForeignObjects } from './ownership.js';
import { readObjects, readReferences, rootTables } from './schema-objects.js';
import { stayingObjects } from './staying-objects.js';
import { type TypeormTables, typeormTables } from './typeorm-tables.js';

type Survey = Pick<Found, 'objects' | 'borrowed' | 'login'>;

/** Reads what is to be adopted, and refuses what cannot be. Changes nothing. */
export async function survey(
  owner: OwnerTransaction,
  options: ParsedAdoptionOptions,
  tenant: Tenant,
): Promise<Survey> {
  await refuseOccupied(owner, options.from, tenant);
  const login = await loginOfTransaction(owner);
  const found = await findObjects(owner, options, typeormTables(owner.dataSource));
  refuseForeignObjects(found.objects, login);
  return { ...found, login };
}

/** @throws {MigrationRefusedError} when there is no catalog here, or tables of row tenants stand in the schema. */
async function refuseOccupied(owner: OwnerTransaction, from: string, tenant: Tenant): Promise<void> {
  const [found] = await owner.read<{ catalog: boolean; secured: string | null; taken: boolean }>(
    `select pg_catalog.to_regclass('rowhouse.adoptions') is not null as catalog,
            (select min(c.relname) from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
              where p.polname = $2 and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)) as secured,
            exists (select from pg_catalog.pg_namespace where nspname = $3) as taken`,
    [from, ROW_POLICIES.tenant, tenant.schema],
  );
  if (!found?.catalog)
    throw new MigrationRefusedError(
      "This database does not hold Rowhouse's catalog, or an older one: run `rowhouse init` in the database that is to be adopted.",
    );
  if (found.secured !== null)
    throw new MigrationRefusedError(
      `The table ${found.secured} of "${from}" holds rows of tenants already: this database has been adopted.`,
    );
  if (found.taken && tenant.isolation === 'schema')
    throw new TenantConflictError('A schema of the name of this tenant is there already.');
}

async function findObjects(
  owner: OwnerTransaction,
  { from, keep, tenant }: ParsedAdoptionOptions,
  { common, history, metadata }: TypeormTables,
): Promise<Omit<Survey, 'login'>> {
  const all = await readObjects(owner, from);
  const references = await readReferences(owner, from);
  const isRow = tenant.isolation === 'row';
  const staying = stayingObjects(all, references, keep, isRow ? [...common, history, metadata] : common);
  const objects = all.filter(({ key, relkind }) => !staying.has(key) && !(isRow && relkind === undefined));
  if (rootTables(objects).length === 0)
    throw new MigrationRefusedError(`There is no table to adopt in the schema "${from}".`);
  const adopted = new Set(objects.map(({ key }) => key));
  const used = new Set(references.filter(({ from: user }) => adopted.has(user)).map(({ to }) => to));
  const borrowed = all.filter(({ key, relkind }) => relkind === 'S' && staying.has(key) && used.has(key));
  return { objects, borrowed };
}
