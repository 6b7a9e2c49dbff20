import pg from 'pg';
import type { DeploymentRoles, RoleName } from '../tenant.js';

/** Anything that runs SQL: a client or a pool of the login that owns the tenants' schemas. */
export type Owner = Pick<pg.ClientBase, 'query'>;

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** From version 16 a membership itself says whether it is inherited; before, the member's attribute does (manual, GRANT). */
const MEMBERSHIP_OPTIONS_SINCE = 160_000;

/** What others do to the same role or database at the same time; it passes. */
const PASSING = new Set(['23505', '40001', '40P01', '55006', 'XX000']);
const ATTEMPTS = 6;

/**
 * Runs what may be run twice, again when another one did the same at the same time: roles are the whole server's, and no
 * lock of one database keeps another out.
 */
export async function repeatedly<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: string };
      if (attempt === ATTEMPTS || !code || !PASSING.has(code)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt * Math.random()));
    }
  }
}

export async function serverVersion(owner: Owner): Promise<number> {
  const { rows } = await owner.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  );
  return rows[0]?.version ?? 0;
}

/** What a membership gives: the privileges without a word (`inherits`), the right to act as the role (`sets`). */
interface Membership {
  readonly inherits: boolean;
  readonly sets: boolean;
}

function grantMembership(
  role: string,
  member: string,
  { inherits, sets }: Membership,
  version: number,
): string {
  const grant = `grant ${quote(role)} to ${quote(member)}`;
  return version < MEMBERSHIP_OPTIONS_SINCE ? grant : `${grant} with inherit ${inherits}, set ${sets}`;
}

const ATTRIBUTES = 'nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls';

/** A role that cannot log in, made unless it is there. @param inherits - what the role's attribute says, for version 15. */
function createRole(role: RoleName, { inherits, comment }: { inherits: boolean; comment: string }): string {
  const attributes = `${ATTRIBUTES} ${inherits ? '' : 'no'}inherit`;
  // Not "if not exists", which CREATE ROLE lacks; the exception is for one who makes it in this moment.
  return `do $make$ begin
    if not exists (select from pg_catalog.pg_roles where rolname = ${literal(role)}) then
      create role ${quote(role)} ${attributes};
      comment on role ${quote(role)} is ${literal(comment)};
    end if;
  exception when duplicate_object or unique_violation then null;
  end $make$`;
}

/** The members of a role, by name, where the membership is as it should be. */
const MEMBERS = (version: number) => `
  select m.rolname as member, r.rolname as role from pg_catalog.pg_auth_members a
    join pg_catalog.pg_roles m on m.oid = a.member join pg_catalog.pg_roles r on r.oid = a.roleid
   where m.rolname = any($1)
   ${version < MEMBERSHIP_OPTIONS_SINCE ? '' : 'and (a.set_option or a.inherit_option)'}`;

/**
 * Makes the roles that all tenants of a deployment share, and lets `logins` act in them. What is there already stays.
 *
 * - `app` is what logins are members of: it may act as every other role of the deployment and inherits from none.
 * - `shared` may read the shared tables; every tenant's role inherits it.
 * - `row` and `system` act for tenants with isolation `row` and for the system.
 */
export async function makeDeploymentRoles(
  owner: Owner,
  roles: DeploymentRoles,
  logins: readonly string[],
): Promise<void> {
  const version = await serverVersion(owner);
  await repeatedly(() =>
    owner.query(
      [
        createRole(roles.app, {
          inherits: false,
          comment: 'Rowhouse: what logins of the application are members of',
        }),
        createRole(roles.shared, { inherits: true, comment: 'Rowhouse: reads shared tables' }),
        createRole(roles.row, { inherits: true, comment: 'Rowhouse: acts for tenants with isolation row' }),
        createRole(roles.system, {
          inherits: true,
          comment: 'Rowhouse: acts for the system, above all tenants',
        }),
      ].join(';\n'),
    ),
  );
  const memberships: Array<[role: string, member: string, Membership]> = [
    [roles.shared, roles.row, { inherits: true, sets: false }],
    [roles.shared, roles.system, { inherits: true, sets: false }],
    [roles.row, roles.app, { inherits: false, sets: true }],
    [roles.system, roles.app, { inherits: false, sets: true }],
    // A superuser may act as anybody.
    ...(await ordinary(owner, logins)).map((login): [string, string, Membership] => [
      roles.app,
      login,
      { inherits: true, sets: true },
    ]),
  ];
  const owned = await ownerApart(owner, logins);
  if (owned) memberships.push([roles.system, owned, { inherits: true, sets: true }]);
  const members = memberships.map(([, member]) => member);
  await repeatedly(async () => {
    const { rows } = await owner.query<{ role: string; member: string }>(MEMBERS(version), [members]);
    const known = new Set(rows.map(({ role, member }) => `${role} ${member}`));
    const missing = memberships.filter(([role, member]) => !known.has(`${role} ${member}`));
    for (const [role, member, options] of missing)
      await owner.query(grantMembership(role, member, options, version));
  });
}

/**
 * The owner, where it is another login than the application's: it sees the rows of all tenants, since its migrations could
 * change none otherwise. Row-level security is forced on owners too.
 */
async function ownerApart(owner: Owner, logins: readonly string[]): Promise<string | undefined> {
  const { rows } = await owner.query<{ name: string }>('select current_user as name');
  const [name] = await ordinary(
    owner,
    rows.map((row) => row.name),
  );
  return name && !logins.includes(name) ? name : undefined;
}

/** Whether all is there that {@link makeDeploymentRoles} makes, for somebody who could not make it. */
export async function areDeploymentRolesMade(
  anybody: Owner,
  roles: DeploymentRoles,
  logins: readonly string[],
): Promise<boolean> {
  const names = [roles.app, roles.shared, roles.row, roles.system];
  const { rows } = await anybody.query<{ made: boolean }>(
    `select (select count(*) from pg_catalog.pg_roles where rolname = any($1)) = cardinality($1)
        and not exists (select from pg_catalog.pg_roles l where l.rolname = any($3) and not l.rolsuper
             and not exists (select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles a on a.oid = m.roleid
                              where a.rolname = $2 and m.member = l.oid)) as made`,
    [names, roles.app, logins],
  );
  return rows[0]?.made ?? false;
}

async function ordinary(owner: Owner, logins: readonly string[]): Promise<string[]> {
  const { rows } = await owner.query<{ rolname: string }>(
    'select rolname from pg_catalog.pg_roles where rolname = any($1) and not rolsuper',
    [logins],
  );
  return rows.map(({ rolname }) => rolname);
}

/** A tenant, as far as its role goes. */
type RoleOwner = { readonly id: string; readonly slug: string };

function membershipsOf(role: RoleName, roles: DeploymentRoles, version: number): string[] {
  return [
    grantMembership(roles.shared, role, { inherits: true, sets: false }, version),
    grantMembership(role, roles.app, { inherits: false, sets: true }, version),
  ];
}

const commentOf = ({ slug }: RoleOwner) => `Rowhouse tenant ${slug}`;

/** Makes the role of one tenant, which logins of the deployment may act as, and which owns nothing. */
export async function makeTenantRole(owner: Owner, roles: DeploymentRoles, tenant: RoleOwner): Promise<void> {
  const version = await serverVersion(owner);
  const role = roles.ofTenant(tenant);
  await repeatedly(() =>
    owner.query(
      [
        createRole(role, { inherits: true, comment: commentOf(tenant) }),
        ...membershipsOf(role, roles, version),
      ].join(';\n'),
    ),
  );
}

/** What {@link makeTenantRole} runs, for a role that is not there yet. @param version - of the server. */
export function foundTenantRole(roles: DeploymentRoles, tenant: RoleOwner, version: number): string[] {
  const role = roles.ofTenant(tenant);
  return [
    `create role ${quote(role)} ${ATTRIBUTES} inherit`,
    describeTenantRole(roles, tenant),
    ...membershipsOf(role, roles, version),
  ];
}

/** Says on a role whose it is. */
export function describeTenantRole(roles: DeploymentRoles, tenant: RoleOwner): string {
  return `comment on role ${quote(roles.ofTenant(tenant))} is ${literal(commentOf(tenant))}`;
}
