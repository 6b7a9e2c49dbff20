import pg from 'pg';
import { databasesElsewhere, deploymentMark } from '../../homes/deployment-mark.js';
import { isDeploymentRole } from '../../homes/role-statements.js';
import { rolesOf } from '../../tenant.js';
import type { Check } from '../examination.js';
import type { ExaminedDatabase } from '../examined-database.js';
import { fail, judge, pass, REPAIR_COMMAND, statements } from '../report.js';

const { escapeIdentifier: quote } = pg;

/** Attributes and objects that a role which acts for tenants must not have. */
const POWERS = `
  select r.rolname::text as role, concat_ws(', ', case when r.rolsuper then 'SUPERUSER' end, case when r.rolbypassrls then 'BYPASSRLS' end,
           case when r.rolcreaterole then 'CREATEROLE' end, case when r.rolcreatedb then 'CREATEDB' end,
           case when r.rolreplication then 'REPLICATION' end, case when r.rolcanlogin then 'LOGIN' end,
           case when exists (select from pg_catalog.pg_shdepend d where d.refclassid = 'pg_catalog.pg_authid'::regclass
                              and d.refobjid = r.oid and d.deptype = 'o') then 'owner of objects' end) as powers
    from pg_catalog.pg_roles r where ${isDeploymentRole('r.rolname', '$1::text')} order by 1`;

/** Memberships that should not exist: only the application's role is a member of others than the shared one. */
const MEMBERSHIPS = `
  select m.rolname::text as member, r.rolname::text as role
    from pg_catalog.pg_auth_members a
    join pg_catalog.pg_roles m on m.oid = a.member join pg_catalog.pg_roles r on r.oid = a.roleid
   where ${isDeploymentRole('m.rolname', '$1::text')} and m.rolname <> $2
     and (r.rolname <> $3 or m.rolname = $3) order by 1, 2`;

function rolesIn({ settings }: ExaminedDatabase) {
  const prefix = settings.roles || '';
  return { prefix, roles: rolesOf(prefix) };
}

export const ROLE_CHECKS: readonly Check[] = [
  {
    id: 'roles.enabled',
    async run({ settings }) {
      if (settings.roles !== false) return pass(`Tenants act in roles of their own, "${settings.roles}_…".`);
      return fail(
        'Roles are off: the path alone keeps tenants apart, and a statement that names another schema reaches it.',
        `Leave pool.roles at its default, or name a prefix, and run: ${REPAIR_COMMAND}`,
      );
    },
  },
  {
    id: 'roles.deployment',
    needsRoles: 'named',
    async runIn(database) {
      const { roles, prefix } = rolesIn(database);
      const holder = await database.otherHolder();
      if (holder !== undefined)
        return fail(
          `The roles "${prefix}_…" of this server are those of the deployment "${holder}".`,
          `Set pool.roles to a prefix of this deployment's own, and run: ${REPAIR_COMMAND}`,
        );
      const wanted = [roles.app, roles.shared, roles.row, roles.system];
      const { rows } = await database.owner.query<{ name: string }>(
        `select w.name from unnest($1::text[]) w (name)
          where not exists (select from pg_catalog.pg_roles r where r.rolname = w.name)`,
        [wanted],
      );
      return judge(
        rows.map(({ name }) => name),
        {
          status: 'fail',
          none: 'The roles that all tenants share are there.',
          one: 'A role that all tenants share is missing',
          some: 'Roles that all tenants share are missing',
          remedy: REPAIR_COMMAND,
        },
      );
    },
  },
  {
    id: 'roles.elsewhere',
    needsRoles: 'own',
    async runIn(database) {
      const { roles } = rolesIn(database);
      const { owner, deployment } = database;
      const databases = await databasesElsewhere(owner, roles, deployment);
      const shared = [roles.app, roles.shared, roles.row, roles.system].map((role) => `"${role}"`).join(', ');
      return judge(databases, {
        status: 'warn',
        none: 'The roles have no privileges in databases of other deployments.',
        one: 'The roles have privileges in a database of another deployment (a copy of this one?): logins of this one can read there what was granted',
        some: 'The roles have privileges in databases of other deployments (copies of this one?): logins of this one can read there what was granted',
        remedy: statements(
          databases.map(
            (name) =>
              `drop database ${quote(name)}; -- or, if it stays, in it: revoke all on schema … from ${shared}; or, if it is this deployment too: comment on database ${quote(name)} is '${deploymentMark(deployment)}';`,
          ),
        ),
      });
    },
  },
  {
    id: 'roles.powers',
    needsRoles: 'own',
    async runIn(database) {
      const { rows } = await database.owner.query<{ role: string; powers: string }>(POWERS, [
        rolesIn(database).prefix,
      ]);
      const mighty = rows.filter(({ powers }) => powers !== '');
      return judge(
        mighty.map(({ role, powers }) => `${role} (${powers})`),
        {
          status: 'fail',
          none: 'No role that acts for tenants has more than what it was granted.',
          one: 'A role that acts for tenants has attributes or objects of its own',
          some: 'Roles that act for tenants have attributes or objects of their own',
          remedy: statements(
            mighty.map(({ role, powers }) =>
              powers === 'owner of objects'
                ? `reassign owned by "${role}" to current_user; -- in each database`
                : `alter role "${role}" nosuperuser nobypassrls nocreaterole nocreatedb noreplication nologin;`,
            ),
          ),
        },
      );
    },
  },
  {
    id: 'roles.memberships',
    needsRoles: 'own',
    async runIn(database) {
      const { prefix, roles } = rolesIn(database);
      const { rows } = await database.owner.query<{ member: string; role: string }>(MEMBERSHIPS, [
        prefix,
        roles.app,
        roles.shared,
      ]);
      return judge(
        rows.map(({ member, role }) => `${member} in ${role}`),
        {
          status: 'fail',
          none: 'No role that acts for tenants is a member of another one.',
          one: 'A role that acts for tenants is a member of another',
          some: 'Roles that act for tenants are members of others',
          remedy: statements(rows.map(({ member, role }) => `revoke "${role}" from "${member}";`)),
        },
      );
    },
  },
];
