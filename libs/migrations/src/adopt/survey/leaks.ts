import { MigrationRefusedError } from '../../errors.js';
import { dependentsOf, type OutsideDependent, together } from '../../homes/outside-dependents.js';
import type { ParsedAdoptionOptions } from '../adoption-options.js';
import type { OwnerTransaction } from '../owner-transaction.js';
import { brokenFunctions } from './broken-functions.js';
import { routinesThatName } from './hard-coded-names.js';
import type { SchemaObject } from './schema-objects.js';

/** Something that leads past the tenant's walls, and what to do about it. */
interface Leak extends OutsideDependent {
  readonly remedy: string;
}

/** Row-level security does not hold its owner: a superuser, or a role with BYPASSRLS (manual, 5.9). */
const BYPASSES = '(o.rolsuper or o.rolbypassrls)';

const DEFINERS = `
  select pg_catalog.concat(i.type, ' ', i.identity) as name, o.rolname::text as owner, i.identity, p.prosrc as text,
         case p.prokind when 'p' then 'procedure' else 'function' end as kind, n.nspname = any($1) as "isInside"
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_roles o on o.oid = p.proowner
   cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0) i
   where p.prosecdef and ${BYPASSES} and n.nspname <> all('{pg_catalog,information_schema,rowhouse}')
     and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
   order by 1`;

/**
 * Makes sure that nothing outside of the future home uses what is in it, and with isolation `row` that no function reads the rows of
 * all tenants with its owner's rights or fails from now on; but for what the user has accepted by name.
 *
 * @returns a line for each that was accepted.
 * @throws {MigrationRefusedError} naming each, with a remedy.
 */
export async function refuseLeaks(
  owner: OwnerTransaction,
  { from, accept, tenant }: ParsedAdoptionOptions,
  objects: readonly SchemaObject[],
): Promise<readonly string[]> {
  const names = new Set(objects.map(({ bareName }) => bareName));
  const leaks = [
    ...(await outside(owner, from, objects, names)),
    ...(tenant.isolation === 'row' ? await definers(owner, from, names) : []),
    ...(tenant.isolation === 'row' ? await widePolicies(owner, objects) : []),
  ];
  const all = [...new Map(leaks.map((leak) => [leak.name, leak])).values()];
  const broken = tenant.isolation === 'row' ? await brokenFunctions(owner, objects) : [];
  const known = new Set([...all, ...broken].map(({ name }) => name));
  const unknown = accept.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new MigrationRefusedError(
      `accept names what is not there, or needs no acceptance: ${unknown.join('; ')}.`,
    );
  const isOpen = ({ name }: { readonly name: string }) => !accept.includes(name);
  const open = [...known].filter((name) => isOpen({ name }));
  if (open.length === 0)
    return [
      ...all.map(({ name, uses }) => `${name} uses ${uses}, which you accepted.`),
      ...broken.map(
        ({ name, reason, remedy }) => `${name} fails now, which you accepted: ${reason}: ${remedy}.`,
      ),
    ];
  throw new MigrationRefusedError(
    [
      told(
        'Objects would lead past the walls of the tenant',
        all.filter(isOpen),
        ({ name, uses, remedy }) => `${name} uses ${uses} (${remedy})`,
      ),
      told(
        'Functions would fail, because the tables get one more column',
        broken.filter(isOpen),
        ({ name, reason, remedy }) => `${name}: ${reason} (${remedy})`,
      ),
      `Change them, or accept each by its name: ${open.map((name) => `--accept '${name}'`).join(' ')}`,
    ].join(''),
  );
}

function told<T>(what: string, found: readonly T[], describe: (one: T) => string): string {
  return found.length === 0 ? '' : `${what}: ${found.map(describe).join('; ')}. `;
}

async function outside(
  owner: OwnerTransaction,
  from: readonly string[],
  objects: readonly SchemaObject[],
  names: ReadonlySet<string>,
): Promise<Leak[]> {
  const found = [
    ...(await dependentsOf((text, values) => owner.read(text, values), objects)),
    ...(await routinesThatName(owner, from, names)),
  ];
  const remedy = 'drop it, or adopt its schema too (--from), or keep what it uses (--keep)';
  return together(found).map((dependent) => ({ ...dependent, remedy }));
}

async function definers(
  owner: OwnerTransaction,
  from: readonly string[],
  tables: ReadonlySet<string>,
): Promise<Leak[]> {
  const found = await owner.read<{
    name: string;
    owner: string;
    identity: string;
    text: string;
    kind: string;
    isInside: boolean;
  }>(DEFINERS, [from]);
  return found
    .filter(({ isInside, text }) => isInside || namesAny(text, tables))
    .map(({ name, owner: role, identity, kind }) => ({
      name,
      uses: `the rows of all tenants, as ${role} (SECURITY DEFINER)`,
      remedy: `alter ${kind} ${identity} security invoker`,
    }));
}

/** Permissive policies add rows to what others show (manual, 5.9): with one of the app's own, a tenant would see more than its rows. */
async function widePolicies(owner: OwnerTransaction, objects: readonly SchemaObject[]): Promise<Leak[]> {
  const found = await owner.read<{ name: string; policy: string; table: string }>(
    `select pg_catalog.concat(i.type, ' ', i.identity) as name, pg_catalog.quote_ident(p.polname) as policy, p.polrelid::pg_catalog.regclass::text as table
       from pg_catalog.pg_policy p
      cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, 0) i
      where p.polpermissive and p.polrelid = any($1::oid[]) order by 1`,
    [objects.map(({ objid }) => objid)],
  );
  return found.map(({ name, policy, table }) => ({
    name,
    uses: `the rows that it shows of ${table}, whosever they are`,
    remedy: `drop policy ${policy} on ${table}, and make it again "as restrictive"`,
  }));
}

function namesAny(text: string, tables: ReadonlySet<string>): boolean {
  for (const [word] of text.matchAll(/[\w$]+/g))
    if (tables.has(word) || tables.has(word.toLowerCase())) return true;
  return false;
}
