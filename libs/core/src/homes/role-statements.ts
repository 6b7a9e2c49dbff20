import pg from 'pg';
import type { DeploymentRoles, RoleName } from '../tenant.js';
import { claimRoles, deploymentMark, otherHolder, requireOwnRoles } from './deployment-mark.js';
import { type ServerFacts, serverFacts } from './server-facts.js';

/** Anything that runs SQL: a client or a pool of the login that owns the tenants' schemas. */
export type Owner = Pick<pg.ClientBase, 'query'>;

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** From version 16 a membership says whether it is inherited; before, an attribute of the member does (manual, GRANT). */
const MEMBERSHIP_OPTIONS_SINCE = 160_000;

/** SQLSTATEs of conflicts with others who change the same role or database at the same time. */
const TRANSIENT = new Set(['23505', '40001', '40P01', '55006', 'XX000']);
const ATTEMPTS = 6;

/**
 * Runs `work`, and again when it fails by a conflict with others. Roles belong to the whole server, so no lock in one
 * database keeps the others out. `work` must be safe to repeat.
 */
export async function retryOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: string };
      if (attempt === ATTEMPTS || !code || !TRANSIENT.has(code)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt * Math.random()));
    }
  }
}

/** What a membership gives: the role's privileges at once (`inherits`), the right to SET ROLE to it (`sets`). */
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

const ATTRIBUTES = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls';

interface NewRole {
  /** The role's attribute, for version 15. */
  readonly inherits: boolean;
  readonly comment: string;
}

/**
 * Creates a role without login unless it exists. Citus connects to its workers as the role that a statement runs in, so there it may
 * log in, and only there.
 */
function createRole(role: RoleName, { inherits, comment }: NewRole, { hasCitus }: ServerFacts): string {
  const attributes = `${ATTRIBUTES} ${inherits ? '' : 'no'}inherit`;
  const create = hasCitus
    ? `create role ${quote(role)} ${attributes} login;
      perform set_config('citus.enable_alter_role_propagation', 'off', true);
      alter role ${quote(role)} nologin;
      perform set_config('citus.enable_alter_role_propagation', 'on', true)`
    : `create role ${quote(role)} ${attributes} nologin`;
  // CREATE ROLE has no "if not exists". The exception handler covers a role that is created at the same moment.
  return `do ${literal(`begin
    if not exists (select from pg_catalog.pg_roles where rolname = ${literal(role)}) then
      ${create};
      comment on role ${quote(role)} is ${literal(comment)};
    end if;
  exception when duplicate_object or unique_violation then null;
  end`)}`;
}

/** Roles and members, by name, leaving out memberships that give nothing. */
const MEMBERS = (version: number) => `
  select m.rolname as member, r.rolname as role from pg_catalog.pg_auth_members a
    join pg_catalog.pg_roles m on m.oid = a.member join pg_catalog.pg_roles r on r.oid = a.roleid
   where m.rolname = any($1)
   ${version < MEMBERSHIP_OPTIONS_SINCE ? '' : 'and (a.set_option or a.inherit_option)'}`;

export interface DeploymentRolesOptions {
  readonly logins: readonly string[];
  /** Its name, which the roles are marked with. */
  readonly deployment: string;
  /** What is known of the server. Default: it is asked. */
  readonly server?: ServerFacts;
}

/**
 * Makes the roles that all tenants of a deployment share, and lets `logins` act in them. Existing roles are kept.
 *
 * - `app` is what logins are members of: it may act as every other role of the deployment and inherits from none.
 * - `shared` may read the shared tables; every tenant's role inherits it.
 * - `row` and `system` act for tenants with isolation `row` and for the system.
 *
 * @throws {RolesTakenError} when they are another deployment's. Nothing was changed then.
 */
export async function makeDeploymentRoles(
  owner: Owner,
  roles: DeploymentRoles,
  { logins, deployment, server: known }: DeploymentRolesOptions,
): Promise<void> {
  const server = known ?? (await serverFacts(owner));
  const { version } = server;
  await retryOnConflict(() => claimRoles(owner, roles, deployment));
  await retryOnConflict(() =>
    owner.query(
      [
        createRole(roles.app, { inherits: false, comment: deploymentMark(deployment) }, server),
        createRole(roles.shared, { inherits: true, comment: 'Rowhouse: reads shared tables' }, server),
        createRole(
          roles.row,
          { inherits: true, comment: 'Rowhouse: acts for tenants with isolation row' },
          server,
        ),
        createRole(
          roles.system,
          { inherits: true, comment: 'Rowhouse: acts for the system, above all tenants' },
          server,
        ),
      ].join(';\n'),
    ),
  );
  // Another deployment may have made them at the same moment: the first mark holds.
  await requireOwnRoles(owner, roles, deployment);
  const memberships: Array<[role: string, member: string, Membership]> = [
    [roles.shared, roles.row, { inherits: true, sets: false }],
    [roles.shared, roles.system, { inherits: true, sets: false }],
    [roles.row, roles.app, { inherits: false, sets: true }],
    [roles.system, roles.app, { inherits: false, sets: true }],
    // A superuser may act as anybody.
    ...(await withoutSuperusers(owner, logins)).map((login): [string, string, Membership] => [
      roles.app,
      login,
      { inherits: true, sets: true },
    ]),
  ];
  const owned = await separateOwner(owner, logins);
  if (owned) memberships.push([roles.system, owned, { inherits: true, sets: true }]);
  const members = memberships.map(([, member]) => member);
  await retryOnConflict(async () => {
    const { rows } = await owner.query<{ role: string; member: string }>(MEMBERS(version), [members]);
    const known = new Set(rows.map(({ role, member }) => `${role} ${member}`));
    const missing = memberships.filter(([role, member]) => !known.has(`${role} ${member}`));
    for (const [role, member, options] of missing)
      await owner.query(grantMembership(role, member, options, version));
  });
}

/**
 * The owner, where it is another login than the application's. It gets access to the rows of all tenants, because
 * row-level security is forced on owners too, and its migrations could change no row otherwise.
 */
async function separateOwner(owner: Owner, logins: readonly string[]): Promise<string | undefined> {
  const { rows } = await owner.query<{ name: string }>('select current_user as name');
  const [name] = await withoutSuperusers(
    owner,
    rows.map((row) => row.name),
  );
  return name && !logins.includes(name) ? name : undefined;
}

/** Whether the roles exist that {@link makeDeploymentRoles} makes, and are no other deployment's. Any login may ask. */
export async function areDeploymentRolesMade(
  anybody: Owner,
  roles: DeploymentRoles,
  { logins, deployment }: { readonly logins: readonly string[]; readonly deployment: string },
): Promise<boolean> {
  if ((await otherHolder(anybody, roles, deployment)) !== undefined) return false;
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

async function withoutSuperusers(owner: Owner, logins: readonly string[]): Promise<string[]> {
  const { rows } = await owner.query<{ rolname: string }>(
    'select rolname from pg_catalog.pg_roles where rolname = any($1) and not rolsuper',
    [logins],
  );
  return rows.map(({ rolname }) => rolname);
}

/** The part of a tenant that its role is made from. */
type RoleOwner = { readonly id: string; readonly slug: string };

function membershipsOf(role: RoleName, roles: DeploymentRoles, version: number): string[] {
  return [
    grantMembership(roles.shared, role, { inherits: true, sets: false }, version),
    grantMembership(role, roles.app, { inherits: false, sets: true }, version),
  ];
}

/** How the comments begin that all roles of Rowhouse bear. */
export const ROLE_COMMENT = 'Rowhouse';

/** How the comment begins that every tenant's role bears; the slug follows. */
export const ROLE_COMMENT_PREFIX = `${ROLE_COMMENT} tenant `;

const roleComment = ({ slug }: RoleOwner) => `${ROLE_COMMENT_PREFIX}${slug}`;

/** Makes the role of one tenant, which logins of the deployment may act as, and which owns nothing. */
export async function makeTenantRole(owner: Owner, roles: DeploymentRoles, tenant: RoleOwner): Promise<void> {
  const server = await serverFacts(owner);
  const role = roles.ofTenant(tenant);
  await retryOnConflict(() =>
    owner.query(
      [
        createRole(role, { inherits: true, comment: roleComment(tenant) }, server),
        ...membershipsOf(role, roles, server.version),
      ].join(';\n'),
    ),
  );
}

/** The statements that make the role of a tenant which has none yet. @param version - of the server. */
export function tenantRoleStatements(roles: DeploymentRoles, tenant: RoleOwner, version: number): string[] {
  const role = roles.ofTenant(tenant);
  return [
    `create role ${quote(role)} ${ATTRIBUTES} inherit nologin`,
    commentOnTenantRole(roles, tenant),
    ...membershipsOf(role, roles, version),
  ];
}

/** The statement that writes on a role whose it is. */
export function commentOnTenantRole(roles: DeploymentRoles, tenant: RoleOwner): string {
  return `comment on role ${quote(roles.ofTenant(tenant))} is ${literal(roleComment(tenant))}`;
}

/**
 * Drops a tenant's role. Privileges that it was given elsewhere by hand go with it, as far as the owner may revoke
 * them.
 */
export async function dropTenantRole(
  owner: Owner,
  roles: DeploymentRoles,
  tenant: Pick<RoleOwner, 'id'>,
): Promise<void> {
  const name = roles.ofTenant(tenant);
  const { rows } = await owner.query('select from pg_catalog.pg_roles where rolname = $1', [name]);
  if (rows.length === 0) return;
  await unlinkObjectsOf(owner, name);
  await retryOnConflict(() => owner.query(dropRoleStatements(name).join('; ')));
}

/** Large objects that one transaction removes: each takes a lock (manual, 20.12 "max_locks_per_transaction"). */
const UNLINKED = 1_000;

/** Removes the large objects that a role owns in this database, a part in each transaction. */
async function unlinkObjectsOf(owner: Owner, name: RoleName): Promise<void> {
  const objects = `select m.oid from pg_catalog.pg_largeobject_metadata m join pg_catalog.pg_roles r on r.oid = m.lomowner
    where r.rolname = ${literal(name)}`;
  const unlink = `${grantTo(name)}; select pg_catalog.lo_unlink(o.oid) from (${objects} limit ${UNLINKED}) o`;
  const areLeft = async () => (await owner.query(`${objects} limit 1`)).rowCount;
  while (await areLeft()) await retryOnConflict(() => owner.query(unlink));
}

function grantTo(name: RoleName): string {
  return `grant ${quote(name)} to current_user`;
}

/** Only a login with the privileges of a role may drop what the role owns or was granted. */
export function dropRoleStatements(name: RoleName): string[] {
  const role = quote(name);
  return [grantTo(name), `drop owned by ${role}`, `drop role ${role}`];
}

/** SQL: whether `name` is a role of the deployment, one that all tenants share or one of a tenant. */
export function isDeploymentRole(name: string, prefix: string): string {
  return `(pg_catalog.starts_with(${name}, ${prefix} || '_')
    and substr(${name}, length(${prefix}) + 2) ~ '^(app|shared|row|system|[0-9a-f]{32})$')`;
}

/** The tenant's id in the name of its role, which holds a UUID without its hyphens. */
export function tenantIdOfRole(name: string): string {
  return name.slice(-32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
