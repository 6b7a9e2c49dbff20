import { REVIEWED_EXTENSIONS } from '../../statement/guard/functions/lists/reviewed-extensions.js';
import type { DatabaseCheck } from '../examination.js';
import type { ExaminedDatabase } from '../examined-database.js';
import { judge, listing, pass, statements } from '../report.js';

const INSTALLED = 'select extname::text as name from pg_catalog.pg_extension order by 1';

/**
 * Functions of extensions that were not reviewed ($1), and those in C that belong to no extension, in schemas that
 * tenants can name ($2) and with the privilege to call them. $3: prefix of roles.
 */
const CALLABLE = `
  select p.oid::pg_catalog.regprocedure::text as name
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_language l on l.oid = p.prolang
    left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
    left join pg_catalog.pg_extension e on e.oid = d.refobjid
   where (n.nspname = any ($2) or pg_catalog.starts_with(n.nspname::text, 'tenant_'))
     and (e.extname = any ($1) or e.oid is null and l.lanname in ('c', 'internal') and n.nspname <> 'pg_catalog')
     and exists (select from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                   left join pg_catalog.pg_roles g on g.oid = a.grantee
                  where a.grantee = 0 or pg_catalog.starts_with(g.rolname::text, $3))
   order by 1`;

async function installedExtensions({ owner }: ExaminedDatabase): Promise<readonly string[]> {
  const { rows } = await owner.query<{ name: string }>(INSTALLED);
  return rows.map(({ name }) => name);
}

async function unreviewedExtensions(database: ExaminedDatabase): Promise<readonly string[]> {
  const { exemptExtensions } = database.settings.guard;
  return (await installedExtensions(database)).filter(
    (name) => !REVIEWED_EXTENSIONS.has(name) && !exemptExtensions.includes(name),
  );
}

/** What tenants may call of an extension. */
function shareOf(extension: string): string {
  const review = REVIEWED_EXTENSIONS.get(extension);
  if (!review) return `${extension} (all, exempt)`;
  if (!review.rest) return extension;
  return `${extension} (${review.allowed.size > 0 ? 'a part' : 'nothing'})`;
}

export const FUNCTION_CHECKS: readonly DatabaseCheck[] = [
  {
    id: 'extensions.reviewed',
    async runIn(database) {
      const unreviewed = await unreviewedExtensions(database);
      if (unreviewed.length === 0) {
        const shares = (await installedExtensions(database)).map(shareOf);
        return pass(
          `What tenants may call of each extension is on reviewed lists, or exempt (${listing(shares)}).`,
        );
      }
      return judge(unreviewed, {
        status: 'warn',
        none: '',
        one: 'An extension was not reviewed: the statement guard refuses tenants its functions, but not its operators and types',
        some: 'Extensions were not reviewed: the statement guard refuses tenants their functions, but not their operators and types',
        remedy:
          'Drop what is not needed. If tenants may call all of an extension, name it in pool.guard.exemptExtensions; if some, name the functions in pool.guard.exemptFunctions.',
      });
    },
  },
  {
    id: 'functions.unreviewed',
    async runIn(database) {
      const { owner, settings, sharedSchemas } = database;
      const { rows } = await owner.query<{ name: string }>(CALLABLE, [
        await unreviewedExtensions(database),
        ['pg_catalog', ...sharedSchemas, ...settings.guard.exemptSchemas],
        // No role name begins with the prefix that is used where roles are off.
        settings.roles === false ? '\u0001' : `${settings.roles}_`,
      ]);
      return judge(
        rows.map(({ name }) => name),
        {
          status: 'warn',
          none: 'The guard is not alone in keeping tenants from functions that were not reviewed.',
          one: 'Only the statement guard keeps tenants from a function that was not reviewed: PostgreSQL would let them',
          some: 'Only the statement guard keeps tenants from functions that were not reviewed: PostgreSQL would let them',
          remedy: statements(rows.map(({ name }) => `revoke execute on function ${name} from public;`)),
        },
      );
    },
  },
];
