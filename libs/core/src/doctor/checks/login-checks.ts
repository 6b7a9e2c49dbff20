import pg from 'pg';
import { IS_AT_WORK_ELSEWHERE } from '../../homes/deployment-mark.js';
import { isDeploymentRole } from '../../homes/role-statements.js';
import type { DatabaseCheck } from '../examination.js';
import type { ExaminedDatabase } from '../examined-database.js';
import { fail, judge, pass, REPAIR_COMMAND, warn } from '../report.js';

const { escapeIdentifier: quote } = pg;

/** From version 16, SET ROLE needs an option of the membership; before, the membership (manual, GRANT). */
const SET_OPTION_SINCE = 160_000;

interface Attributes {
  readonly rolsuper: boolean;
  readonly rolbypassrls: boolean;
  readonly rolcreaterole: boolean;
}

/** A role does not inherit attributes (manual, GRANT). */
async function attributesOf({ owner, login }: ExaminedDatabase): Promise<Attributes> {
  const { rows } = await owner.query<Attributes>(
    'select rolsuper, rolbypassrls, rolcreaterole from pg_catalog.pg_roles where rolname = $1',
    [login],
  );
  const [found] = rows;
  if (!found) throw new Error(`The owner's server knows no login "${login}".`);
  return found;
}

/** Schemas of tenants, home and shared schemas, and what is in them, that the login has the owner's rights on. */
const OWNED = `
  select x.name from (
    select n.nspname::text as name, n.nspname as schema, n.nspowner as owner from pg_catalog.pg_namespace n
    union all
    select format('%I.%I', n.nspname, c.relname), n.nspname, c.relowner
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')) x
   where (x.schema = any($2) or pg_catalog.starts_with(x.schema::text, 'tenant_'))
     and pg_catalog.pg_has_role($1, x.owner, 'USAGE')
   order by 1`;

const INHERITED = `
  select r.rolname::text as role from pg_catalog.pg_roles r
   where ${isDeploymentRole('r.rolname', '$2::text')} and r.rolname <> $3 and pg_catalog.pg_has_role($1, r.oid, 'USAGE')
   order by 1`;

const NOT_SETTABLE = `
  select r.rolname::text as role from pg_catalog.pg_roles r
   where ${isDeploymentRole('r.rolname', '$2::text')} and r.rolname <> all($3::text[]) and not pg_catalog.pg_has_role($1, r.oid, $4)
     and not (r.rolname ~ '_[0-9a-f]{32}$' and ${IS_AT_WORK_ELSEWHERE})
   order by 1`;

/** Roles that open the whole server, or files of it (manual, 21.5 "Predefined Roles"). */
const POWERFUL = `
  select m.login || ' is a member of ' || r.rolname as role
    from (select $1::text as login union select current_user) m
    join pg_catalog.pg_roles l on l.rolname = m.login and not l.rolsuper
    join pg_catalog.pg_roles r on r.oid <> l.oid and pg_catalog.pg_has_role(l.oid, r.oid, 'MEMBER')
   where r.rolsuper or r.rolbypassrls
      or r.rolname in ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
      or (m.login = $1 and r.rolname in ('pg_read_all_data', 'pg_write_all_data'))
   order by 1`;

async function namesOf(owner: pg.Pool, sql: string, values: unknown[]): Promise<string[]> {
  const { rows } = await owner.query<{ role: string }>(sql, values);
  return rows.map(({ role }) => role);
}

export const LOGIN_CHECKS: readonly DatabaseCheck[] = [
  {
    id: 'login.superuser',
    async runIn(database) {
      const { login } = database;
      if (!(await attributesOf(database)).rolsuper) return pass(`"${login}" is no superuser.`);
      return fail(
        `The application logs in as "${login}", a superuser: no wall holds once its role is reset.`,
        `Make it a login of its own: create role app login password '…'; then run: ${REPAIR_COMMAND}`,
      );
    },
  },
  {
    id: 'login.bypassrls',
    async runIn(database) {
      const { login } = database;
      if (!(await attributesOf(database)).rolbypassrls) return pass(`"${login}" has no BYPASSRLS.`);
      return fail(
        `"${login}" has BYPASSRLS: policies do not count for it.`,
        `alter role ${quote(login)} nobypassrls;`,
      );
    },
  },
  {
    id: 'login.createrole',
    async runIn(database) {
      const { login } = database;
      if (!(await attributesOf(database)).rolcreaterole) return pass(`"${login}" has no CREATEROLE.`);
      return warn(
        `"${login}" has CREATEROLE, and may grant itself other roles.`,
        `Leave roles to the owner's login: alter role ${quote(login)} nocreaterole;`,
      );
    },
  },
  {
    id: 'login.ancestry',
    async runIn({ owner, login }) {
      return judge(await namesOf(owner, POWERFUL, [login]), {
        status: 'fail',
        none: 'Neither login may become a role that walls do not hold.',
        some: 'A login may become a role that no wall holds',
        remedy:
          'revoke <role> from <login>; what it was granted for: alter table … owner to …, or reassign owned by … to …',
      });
    },
  },
  {
    id: 'login.owner',
    async runIn({ owner, login, sharedSchemas }) {
      const { rows } = await owner.query<{ name: string }>(OWNED, [login, sharedSchemas]);
      return judge(
        rows.map(({ name }) => name),
        {
          status: 'warn',
          none: `"${login}" owns nothing of the tenants.`,
          some: `"${login}" owns what tenants' tables are in: one login runs the application and its migrations`,
          remedy:
            'Let the application log in as another role, which owns nothing, and give the owner to directUrl (--direct-url).',
        },
      );
    },
  },
  {
    id: 'login.membership',
    needsRoles: 'own',
    async runIn({ owner, login, server: { version }, roles, settings }) {
      const mode = version < SET_OPTION_SINCE ? 'MEMBER' : 'SET';
      const { rows } = await owner.query<{ is_member: boolean }>(
        'select pg_catalog.pg_has_role($1, oid, $3) as is_member from pg_catalog.pg_roles where rolname = $2',
        [login, roles?.app, 'MEMBER'],
      );
      if (!rows[0]?.is_member) {
        return fail(
          `"${login}" is no member of "${roles?.app}", so it may act for no tenant.`,
          `grant ${quote(roles?.app ?? '')} to ${quote(login)};`,
        );
      }
      const others = [roles?.app, roles?.shared];
      return judge(await namesOf(owner, NOT_SETTABLE, [login, settings.roles, others, mode]), {
        status: 'fail',
        none: `"${login}" may act in every role that acts for tenants.`,
        one: `There is a role that "${login}" may not act in`,
        some: `There are roles that "${login}" may not act in`,
        remedy: REPAIR_COMMAND,
      });
    },
  },
  {
    id: 'login.inheritance',
    needsRoles: 'own',
    async runIn({ owner, login, server: { version }, roles, settings }) {
      const inherited = await namesOf(owner, INHERITED, [login, settings.roles, roles?.app]);
      const [first = ''] = inherited;
      return judge(inherited, {
        status: 'fail',
        none: `"${login}" has no privilege of a tenant until it acts for it.`,
        one: `"${login}" has the privileges of a tenant's role without acting for it`,
        some: `"${login}" has the privileges of tenants' roles without acting for them`,
        remedy:
          version < SET_OPTION_SINCE
            ? `alter role ${quote(roles?.app ?? '')} noinherit; -- and revoke memberships that "${login}" has directly`
            : `grant ${quote(first)} to ${quote(roles?.app ?? '')} with inherit false, set true; -- and revoke memberships that "${login}" has directly`,
      });
    },
  },
];
