import { type Tenant, TenantConflictError } from '@rowhouse/core';
import { ROW_POLICIES } from '@rowhouse/core/internal';
import { MigrationRefusedError } from '../../errors.js';
import type { ParsedAdoptionOptions } from '../adoption-options.js';
import type { AdoptedObjects } from '../conversion.js';
import type { OwnerTransaction } from '../owner-transaction.js';
import { loginOfTransaction, refuseForeignObjects } from './ownership.js';
import { readObjects, readReferences, rootTables } from './schema-objects.js';
import { stayingObjects } from './staying-objects.js';
import { type TypeormTables, typeormTables } from './typeorm-tables.js';

type Survey = Pick<AdoptedObjects, 'objects' | 'sharedSequences' | 'login'>;

/** Reads the objects to adopt, and checks that they can be adopted. It changes nothing. */
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

/** @throws {MigrationRefusedError} when the database has no catalog, or the schema already has tables of row tenants. */
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
      "This database has no catalog, or an older one. The registry's directUrl and the catalog must both lead to the database to adopt.",
    );
  if (found.secured !== null)
    throw new MigrationRefusedError(
      `The table ${found.secured} of "${from}" already holds rows of tenants: this database has been adopted.`,
    );
  if (found.taken && tenant.isolation === 'schema')
    throw new TenantConflictError(`The schema "${tenant.schema}" of this tenant exists already.`);
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
  const sharedSequences = all.filter(
    ({ key, relkind }) => relkind === 'S' && staying.has(key) && used.has(key),
  );
  return { objects, sharedSequences };
}
