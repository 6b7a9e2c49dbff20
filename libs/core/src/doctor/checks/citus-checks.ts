import pg from 'pg';
import { workersConfirmingEarly } from '../../homes/worker-commits.js';
import { onWorkers, rolesShutOut, type WorkerAnswer } from '../../homes/worker-roles.js';
import { rolesOf } from '../../tenant.js';
import type { Check } from '../examination.js';
import { explain, fail, judge, pass, REPAIR_COMMAND, statements, warn } from '../report.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

export const CITUS_CHECKS: readonly Check[] = [
  {
    id: 'citus.sharding',
    needsCitus: true,
    async run({ owner }) {
      const { rows } = await owner.query<{ sharding: string; database: string }>(
        `select pg_catalog.current_setting('citus.enable_schema_based_sharding', true) as sharding, pg_catalog.current_database() as database`,
      );
      const { sharding, database = '' } = rows[0] ?? {};
      if (sharding === 'on') return pass('The schemas of new tenants are placed on workers.');
      return warn(
        'citus.enable_schema_based_sharding is off: the schemas of new tenants stay on the coordinator.',
        `alter database ${quote(database)} set citus.enable_schema_based_sharding = on;`,
      );
    },
  },
  {
    id: 'citus.roles',
    needsCitus: true,
    needsRoles: 'own',
    async run({ owner, settings }) {
      const shutOut = await rolesShutOut(owner, settings.roles || '');
      const flaws = shutOut.filter(({ success, roles }) => !success || roles.length > 0);
      return judge(
        flaws.map(({ node, result }) => `${node}: ${result.trim()}`),
        {
          status: 'fail',
          none: 'The roles of the deployment may log in on each worker, where Citus connects as them.',
          one: 'Roles may not log in on a worker, and Citus connects as the role of a statement',
          some: 'Roles may not log in on workers, and Citus connects as the role of a statement',
          remedy: REPAIR_COMMAND,
        },
      );
    },
  },
  {
    id: 'citus.workers',
    needsCitus: true,
    needsRoles: 'own',
    async run(examination) {
      const { owner, app, settings } = examination;
      const roles = rolesOf(settings.roles || '');
      const known = await examination.tenants();
      const tenant = known?.find(({ isolation }) => isolation === 'schema');
      const acting = [roles.row, ...(tenant ? [roles.ofTenant(tenant)] : [])];
      const refused: string[] = [];
      for (const role of acting) refused.push(...(await refusalsOf(app, role)));
      const { rows } = await owner.query<{ n: number }>(
        `select count(*)::int as n from pg_catalog.pg_dist_node where isactive and groupid <> 0 and noderole = 'primary'`,
      );
      if (rows[0]?.n === 0)
        return fail('The cluster has no worker.', "select citus_add_node('<host>', <port>);");
      return judge(refused, {
        status: 'fail',
        none: 'Each worker lets roles of tenants in.',
        some: 'A worker does not let a role of a tenant in',
        remedy: `hostssl <database> +${roles.shared} <address of the coordinator> trust -- in pg_hba.conf of each worker, or with a certificate; then: select pg_reload_conf();`,
      });
    },
  },
  {
    id: 'citus.commits',
    needsCitus: true,
    async run({ owner }) {
      return judge(await workersConfirmingEarly(owner), {
        status: 'fail',
        none: 'Workers confirm a commit when it is written, so that a move of tables misses none.',
        one: 'A worker has synchronous_commit off, also for some role or database: moving tables away from it would lose the last commits, and is refused',
        some: 'Workers have synchronous_commit off, also for some role or database: moving tables away from them would lose the last commits, and is refused',
        remedy:
          'alter system reset synchronous_commit; select pg_reload_conf(); -- on the worker; or alter role … reset synchronous_commit; or alter database … reset synchronous_commit;',
      });
    },
  },
  {
    id: 'citus.rows',
    needsCitus: true,
    async run({ owner, sharedSchemas }) {
      const { rows } = await owner.query<{ name: string }>(
        `select format('%I.%I', n.nspname, c.relname) as name
           from pg_catalog.pg_dist_partition p
           join pg_catalog.pg_class c on c.oid = p.logicalrelid
           join pg_catalog.pg_namespace n on n.oid = c.relnamespace
           join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
          where n.nspname = any($1) order by 1`,
        [sharedSchemas],
      );
      return judge(
        rows.map(({ name }) => name),
        {
          status: 'fail',
          none: 'The tables with rows of several tenants are on the coordinator, where policies know the tenant.',
          one: 'A table with rows of several tenants is on workers, which do not know the tenant of a statement: it reads as empty',
          some: 'Tables with rows of several tenants are on workers, which do not know the tenant of a statement: they read as empty',
          remedy: statements(rows.map(({ name }) => `select undistribute_table(${literal(name)});`)),
        },
      );
    },
  },
];

/** The workers that do not answer to a role, each with what it says. */
async function refusalsOf(app: pg.Pool, role: string): Promise<string[]> {
  const client = await app.connect();
  try {
    await client.query(`begin; set local role ${quote(role)}`);
    const { rows } = await client.query<WorkerAnswer>(onWorkers('select 1'));
    return rows
      .filter(({ success }) => !success)
      .map(({ node, result }) => `${role} on ${node}: ${result.trim()}`);
  } catch (error) {
    return [`${role}: ${explain(error)}`];
  } finally {
    await client.query('rollback').catch(() => {});
    client.release();
  }
}
