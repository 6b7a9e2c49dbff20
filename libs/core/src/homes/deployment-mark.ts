import pg from 'pg';
import { RolesTakenError } from '../errors.js';
import type { DeploymentRoles } from '../tenant.js';
import { DATABASE_MARK_PREFIX, PLACEMENT_MARK_PREFIX } from './placements.js';

// Roles belong to a whole server, and a deployment to one of its databases. Which deployment the roles of a prefix belong to
// stands in the comment on `<prefix>_app`, where any login can read it: `Rowhouse deployment shop`. A deployment is called as
// its database, unless a comment on the database says otherwise, in the same words.

/** How the comment begins that says which deployment a role or a database belongs to; its name follows. */
export const DEPLOYMENT_MARK_PREFIX = 'Rowhouse deployment ';

export function deploymentMark(name: string): string {
  return `${DEPLOYMENT_MARK_PREFIX}${name}`;
}

type Anybody = Pick<pg.ClientBase, 'query'>;

/** SQL: the name in a comment; null when it is no mark of a deployment. */
const nameIn = (comment: string) =>
  `case when pg_catalog.starts_with(${comment}, '${DEPLOYMENT_MARK_PREFIX}')
        then substr(${comment}, length('${DEPLOYMENT_MARK_PREFIX}') + 1) end`;

const commentOn = (database: string) => `pg_catalog.shobj_description(${database}.oid, 'pg_database')`;

/** SQL: the name of the deployment whose main database `d` (of `pg_database`) is. */
const NAME_OF = `coalesce(${nameIn(commentOn('d'))}, d.datname::text)`;

/** SQL: the deployment that a database `d` belongs to, which may be that of a placement. */
const DEPLOYMENT_OF = `coalesce(substring(${commentOn('d')} from '^${PLACEMENT_MARK_PREFIX}(.*?): '), ${NAME_OF})`;

/** SQL: the databases in which a role has privileges or owns something. @param role - SQL for its oid. */
const databasesOf = (role: string) => `
  select d.* from pg_catalog.pg_shdepend s join pg_catalog.pg_database d on d.oid = s.dbid
   where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and s.refobjid = ${role}`;

/**
 * SQL: whether the role `r` (of `pg_roles`) is a tenant's, by its name, and at work in another database than this one and
 * the tenant's own.
 */
export const IS_AT_WORK_ELSEWHERE = `exists (
  select from (${databasesOf('r.oid')}) d
   where d.datname <> pg_catalog.current_database()
     and replace(coalesce(${commentOn('d')}, ''), '-', '') <> '${DATABASE_MARK_PREFIX}' || right(r.rolname, 32))`;

/** The name of the deployment whose main database this is. */
export async function deploymentNameOf(anybody: Anybody): Promise<string> {
  const { rows } = await anybody.query<{ name: string }>(
    `select ${NAME_OF} as name from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
  );
  return rows[0]?.name ?? '';
}

/** What a server tells of the roles of a prefix. */
interface Evidence {
  /** The deployment named on the roles; `null` where they are not made, or were before there were marks. */
  readonly mark: string | null;
  readonly isMade: boolean;
  /** Whether this is the server with the deployment's main database, or one that only holds databases of tenants. */
  readonly isMain: boolean;
  /** Whether the deployment named on the roles still has its database on this server. */
  readonly isAlive: boolean;
  /** Databases of other deployments in which the roles have privileges. */
  readonly elsewhere: readonly string[];
  /** Whether the roles have privileges in a tenant's own database. */
  readonly hasTenantDatabases: boolean;
}

const EVIDENCE = `
  with app as (
    select ${nameIn(`pg_catalog.shobj_description(oid, 'pg_authid')`)} as mark from pg_catalog.pg_roles where rolname = $1),
  used as (
    select distinct d.datname::text as name, ${DEPLOYMENT_OF} as deployment,
           coalesce(pg_catalog.starts_with(${commentOn('d')}, '${DATABASE_MARK_PREFIX}'), false) as is_tenants
      from pg_catalog.pg_roles r cross join lateral (${databasesOf('r.oid')}) d
     where r.rolname = any($2) and d.datname <> pg_catalog.current_database())
  select (select mark from app) as mark, exists (select from app) as "isMade",
         exists (select from pg_catalog.pg_database d
                  where d.datname = pg_catalog.current_database() and ${NAME_OF} = $3) as "isMain",
         exists (select from pg_catalog.pg_database d where ${NAME_OF} = (select mark from app)) as "isAlive",
         array(select name from used where not is_tenants and deployment <> $3 order by 1) as elsewhere,
         exists (select from used where is_tenants) as "hasTenantDatabases"`;

async function evidenceOf(anybody: Anybody, roles: DeploymentRoles, deployment: string): Promise<Evidence> {
  const { rows } = await anybody.query<Evidence>(EVIDENCE, [
    roles.app,
    [roles.app, roles.shared, roles.row, roles.system],
    deployment,
  ]);
  if (!rows[0]) throw new Error('PostgreSQL told nothing of the roles.');
  return rows[0];
}

/** Whose roles these are: of another deployment (its name), free to be marked (`undefined`), or the deployment's own. */
function holderOf(evidence: Evidence, deployment: string): string | undefined {
  const { mark, isMade, isMain, isAlive, elsewhere, hasTenantDatabases } = evidence;
  if (!isMade || mark === deployment) return deployment;
  // Elsewhere the main database of the marked deployment cannot be seen, only what it has made.
  const isLeft = mark === null || (isMain ? !isAlive : !hasTenantDatabases);
  if (isLeft && elsewhere.length === 0) return undefined;
  return mark ?? elsewhere[0];
}

/** The other deployment that has the roles of this prefix on this server, by name. Any login may ask. */
export async function otherHolder(
  anybody: Anybody,
  roles: DeploymentRoles,
  deployment: string,
): Promise<string | undefined> {
  const holder = holderOf(await evidenceOf(anybody, roles, deployment), deployment);
  return holder === deployment ? undefined : holder;
}

/** @throws {RolesTakenError} when the roles of this prefix are another deployment's. */
export async function requireOwnRoles(
  anybody: Anybody,
  roles: DeploymentRoles,
  deployment: string,
): Promise<void> {
  const holder = await otherHolder(anybody, roles, deployment);
  if (holder !== undefined) throw new RolesTakenError(roles.app, holder, deployment);
}

/**
 * Marks roles of this prefix that no other deployment has: such as were made before there were marks, or by a deployment
 * that is gone.
 *
 * @throws {RolesTakenError} when they are another deployment's.
 */
export async function claimRoles(owner: Anybody, roles: DeploymentRoles, deployment: string): Promise<void> {
  const holder = holderOf(await evidenceOf(owner, roles, deployment), deployment);
  if (holder === deployment) return;
  if (holder !== undefined) throw new RolesTakenError(roles.app, holder, deployment);
  await owner.query(
    `comment on role ${pg.escapeIdentifier(roles.app)} is ${pg.escapeLiteral(deploymentMark(deployment))}`,
  );
}

/** Databases of other deployments in which roles of this one have privileges: copies of this one, for example. */
export async function databasesElsewhere(
  anybody: Anybody,
  roles: DeploymentRoles,
  deployment: string,
): Promise<readonly string[]> {
  return (await evidenceOf(anybody, roles, deployment)).elsewhere;
}

/** Whether it is the database of a placement; the URL of one that has databases of tenants alone may lead to any. */
export async function bearsMark(anybody: Anybody, mark: string): Promise<boolean> {
  const { rows } = await anybody.query(
    `select from pg_catalog.pg_database where datname = pg_catalog.current_database()
        and pg_catalog.shobj_description(oid, 'pg_database') = $1`,
    [mark],
  );
  return rows.length === 1;
}
