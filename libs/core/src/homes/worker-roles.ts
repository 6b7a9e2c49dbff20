import pg from 'pg';
import { isDeploymentRole, type Owner, retryOnConflict } from './role-statements.js';
import { ON_COORDINATOR_ONLY } from './server-facts.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** What a statement answered on a worker of Citus. */
export interface WorkerAnswer {
  /** `host:port`. */
  readonly node: string;
  readonly success: boolean;
  /** The value, or the error. */
  readonly result: string;
}

/** SQL: runs a statement, which returns one value, on each worker, as the role in force. */
export const onWorkers = (sql: string) =>
  `select nodename || ':' || nodeport as node, success, result from pg_catalog.run_command_on_workers(${literal(sql)}) order by 1`;

/** The deployment's roles that act in this database: roles of tenants that have databases of their own do not. */
const ROLES = (prefix: string) => `
  select r.rolname::text as name from pg_catalog.pg_roles r
   where ${isDeploymentRole('r.rolname', literal(prefix))}
     and (r.rolname !~ '_[0-9a-f]{32}$' or exists (
       select from pg_catalog.pg_shdepend s join pg_catalog.pg_database d on d.oid = s.dbid
        where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and s.refobjid = r.oid
          and d.datname = pg_catalog.current_database()))`;

/** The roles of a deployment that may not log in on a worker, by worker. @param prefix - of their names. */
export async function rolesShutOut(
  owner: Owner,
  prefix: string,
): Promise<readonly (WorkerAnswer & { readonly roles: readonly string[] })[]> {
  const { rows: known } = await owner.query<{ name: string }>(ROLES(prefix));
  const names = `select coalesce(string_agg(name, ',' order by name), '')
    from unnest(array[${known.map(({ name }) => literal(name)).join(', ')}]::text[]) name
   where not exists (select from pg_catalog.pg_roles where rolname = name and rolcanlogin)`;
  const { rows } = await owner.query<WorkerAnswer>(onWorkers(names));
  return rows.map((row) => ({ ...row, roles: row.success && row.result ? row.result.split(',') : [] }));
}

/** Roles whose rights are changed in one transaction: it is one on each worker, too. */
const TOGETHER = 100;
/** A schema that is there for a moment. */
const SCRATCH = 'rowhouse_roles';

/**
 * Lets roles log in on the workers of Citus, and only there: those that were made before there were any. Citus makes such a role on
 * workers when it distributes something that the role has privileges on, and from then on changes it there, too.
 */
export async function openWorkersTo(owner: Owner, roles: readonly string[]): Promise<void> {
  const dropScratch = `drop schema if exists ${SCRATCH} cascade`;
  for (let start = 0; start < roles.length; start += TOGETHER) {
    const names = roles.slice(start, start + TOGETHER).map((role) => quote(role));
    await retryOnConflict(async () => {
      await owner.query(dropScratch);
      await owner.query(
        `${ON_COORDINATOR_ONLY}; create schema ${SCRATCH}; create table ${SCRATCH}.roles (id int);
         grant usage on schema ${SCRATCH} to ${names.join(', ')}`,
      );
      await owner.query(`select pg_catalog.citus_schema_distribute('${SCRATCH}')`);
      await owner.query(dropScratch);
      await owner.query(
        [
          ...names.map((name) => `alter role ${name} login`),
          `select pg_catalog.set_config('citus.enable_alter_role_propagation', 'off', true)`,
          ...names.map((name) => `alter role ${name} nologin`),
        ].join('; '),
      );
    });
  }
}

/** Lets every role of a deployment log in on the workers, and only there. A worker that is out of reach stays as it is. */
export async function openWorkers(owner: Owner, prefix: string): Promise<void> {
  const shutOut = await rolesShutOut(owner, prefix);
  await openWorkersTo(owner, [...new Set(shutOut.flatMap(({ roles }) => roles))]);
}
