/** @suite citus */
import { Socket } from 'node:net';
import { type Tenant, TenantPool } from '@rowhouse/core';
import { rolesOf } from '@rowhouse/core/internal';
import pg from 'pg';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import { type CitusDatabase, createCitusDatabase, onDatabase } from '../support/citus-database.js';

const MARK = 'the secret of globex';
const NOTES = migration('Notes1700000000001', [
  'create table notes (id serial primary key, body text not null)',
]);

let database: CitusDatabase;
let deployment: Deployment;
let acme: Tenant;
let globex: Tenant;
let shard: string;
let node: URL;

beforeAll(async () => {
  database = await createCitusDatabase();
  deployment = await openDeployment({ migrations: [NOTES], database });
  const fleet = await deployment.fleet();
  acme = await fleet.tenants.create({ slug: 'acme' });
  globex = await fleet.tenants.create({ slug: 'globex' });
  await deployment.registry.for(globex).query('insert into notes (body) values ($1)', [MARK]);
  await deployment.registry.for(acme).query('insert into notes (body) values ($1)', ['of acme']);
  const { rows } = await deployment.pool.query(
    `select shardid::text as shard, nodename as host, nodeport as port from citus_shards where table_name::text = $1`,
    [`${globex.schema}.notes`],
  );
  shard = rows[0].shard;
  node = Object.assign(new URL(database.url), { hostname: rows[0].host, port: String(rows[0].port) });
}, 120_000);

afterAll(() => deployment?.close());

/** `V` is the victim's schema, `S` the name of its table on the worker, `H` and `P` the worker, `R` the victim's role. */
const fill = (text: string) =>
  text
    .replaceAll('V.', `${globex.schema}.`)
    .replaceAll("'V'", `'${globex.schema}'`)
    .replaceAll('SHARD', shard)
    .replaceAll('HOST', node.hostname)
    .replaceAll('PORT', node.port)
    .replaceAll('ROLE', rolesOf(deployment.prefix).ofTenant(globex));

/** What no privilege and no setting of Citus lets through. */
const SQL = [
  'select * from V.notes',
  `insert into V.notes (body) values ('x')`,
  `update V.notes set body = 'x'`,
  'delete from V.notes',
  'truncate V.notes',
  'select * from V.notes_SHARD',
  `update V.notes_SHARD set body = 'x'`,
  'select * from notes, V.notes theirs',
  'with theirs as (select * from V.notes) select * from theirs',
  `select nextval('V.notes_id_seq') from notes`,
  'drop table V.notes',
  'alter table V.notes add column x int',
  'create policy p on V.notes using (true)',
  'create view mine as select * from V.notes',
  'grant select on V.notes to current_user',
  'set local citus.override_table_visibility = off; select * from V.notes_SHARD',
  'set local citus.enable_manual_changes_to_shards = on; delete from V.notes_SHARD',
  'set local citus.enable_ddl_propagation = off; drop table V.notes',
  'set local citus.enable_metadata_sync = off; drop table V.notes',
  `set local citus.task_assignment_policy = 'round-robin'; select * from V.notes`,
  `set local citus.multi_shard_modify_mode = 'sequential'; update V.notes set body = 'x'`,
  `set local citus.propagate_set_commands = 'local'; set local role "ROLE"; select * from V.notes`,
  `set local citus.use_secondary_nodes = 'always'; select * from V.notes`,
  `set local citus.node_conninfo = 'sslmode=disable'; select * from V.notes`,
  `set local application_name = 'citus_internal gpid=10000000001'; select * from V.notes_SHARD`,
  `set local application_name = 'citus_rebalancer gpid=10000000001'; select citus_internal_delete_shard_metadata(SHARD)`,
  'select * from pg_dist_authinfo',
  'select * from pg_dist_poolinfo',
  'delete from pg_dist_node',
  'update pg_dist_shard set shardminvalue = null',
  'delete from pg_dist_placement',
  'delete from pg_dist_schema',
  'delete from pg_dist_object',
  'select query from citus_stat_activity where query like $$%secret%$$ and pid <> pg_backend_pid()',
  'select query from citus_dist_stat_activity where query like $$%secret%$$ and pid <> pg_backend_pid()',
  'select * from citus_lock_waits',
  'select * from citus_stat_statements',
  'select * from citus_stat_tenants',
];

/** Functions of Citus, which the guard refuses by name; without it, privileges hold. */
const FUNCTIONS = [
  `run_command_on_workers('select body from V.notes_SHARD limit 1')`,
  `run_command_on_workers('set role "ROLE"; select body from V.notes_SHARD limit 1')`,
  `run_command_on_workers('set session authorization "ROLE"; select body from V.notes_SHARD limit 1')`,
  `run_command_on_workers('reset session authorization; select body from V.notes_SHARD limit 1')`,
  `run_command_on_workers($$set citus.override_table_visibility = off; select body from V.notes_SHARD$$)`,
  `run_command_on_workers($$copy (select 1) to program 'true'$$)`,
  `run_command_on_workers($$alter role "ROLE" password 'x'$$)`,
  `run_command_on_all_nodes('select body from V.notes limit 1')`,
  `run_command_on_coordinator('select body from V.notes limit 1')`,
  `run_command_on_placements('V.notes', 'select body from %s limit 1')`,
  `run_command_on_shards('V.notes', 'select body from %s limit 1')`,
  `run_command_on_colocated_placements('V.notes', 'V.notes', 'select body from %s limit 1')`,
  `master_run_on_worker(array['HOST'], array[PORT], array['select body from V.notes_SHARD limit 1'], false)`,
  `citus_run_local_command('select body from V.notes')`,
  `worker_apply_shard_ddl_command(SHARD, 'V', 'drop table V.notes')`,
  `worker_apply_sequence_command('create sequence V.s')`,
  `worker_save_query_explain_analyze('select body from V.notes', '{}')`,
  `create_intermediate_result('r', 'select body from V.notes')`,
  `broadcast_intermediate_result('r', 'select body from V.notes')`,
  `worker_partition_query_result('r', 'select body from V.notes', 0, 'hash', '{0}', '{1}', true)`,
  `worker_copy_table_to_node('V.notes', 1)`,
  `worker_drop_distributed_table('V.notes')`,
  `worker_drop_shell_table('V.notes')`,
  `worker_create_or_alter_role('evil', 'create role evil superuser', 'alter role evil superuser')`,
  `alter_role_if_exists('ROLE', 'alter role "ROLE" superuser')`,
  `citus_schema_move('V', 'HOST', PORT)`,
  `citus_schema_undistribute('V')`,
  `citus_schema_distribute('V')`,
  `undistribute_table('V.notes')`,
  `create_distributed_table('V.notes', 'id')`,
  `create_reference_table('V.notes')`,
  `alter_distributed_table('V.notes', shard_count := 2)`,
  `alter_table_set_access_method('V.notes', 'heap')`,
  `citus_move_shard_placement(SHARD, 'HOST', PORT, 'HOST', PORT)`,
  `citus_copy_shard_placement(SHARD, 'HOST', PORT, 'HOST', PORT)`,
  `citus_drop_all_shards('V.notes', 'V', 'notes')`,
  `truncate_local_data_after_distributing_table('V.notes')`,
  'rebalance_table_shards()',
  'citus_rebalance_start()',
  `citus_add_node('HOST', PORT)`,
  `citus_remove_node('HOST', PORT)`,
  `citus_disable_node('HOST', PORT)`,
  `citus_activate_node('HOST', PORT)`,
  `citus_update_node(1, 'HOST', 1)`,
  `citus_set_node_property('HOST', PORT, 'shouldhaveshards', false)`,
  `citus_set_coordinator_host('HOST', PORT)`,
  `start_metadata_sync_to_node('HOST', PORT)`,
  `stop_metadata_sync_to_node('HOST', PORT)`,
  'recover_prepared_transactions()',
  `citus_create_restore_point('x')`,
  `citus_check_connection_to_node('HOST', PORT)`,
  `citus_internal_delete_shard_metadata(SHARD)`,
  `citus_internal_update_placement_metadata(SHARD, 1, 2)`,
  `citus_internal_delete_colocation_metadata(1)`,
  `assign_distributed_transaction_id(0, 1, now())`,
  `lock_shard_metadata(7, array[SHARD])`,
  `lock_shard_resources(7, array[SHARD])`,
  'dump_local_wait_edges()',
  `citus_set_default_rebalance_strategy('by_shard_count')`,
  `nextval('V.notes_id_seq')`,
];

/** What it could have changed for the victim, or for all. */
async function photograph(): Promise<unknown> {
  const { rows } = await deployment.pool.query(
    `select (select json_agg(n order by id) from ${globex.schema}.notes n) as notes,
            (select json_agg(x order by 1) from (select shardid, groupid from pg_dist_placement order by 1, 2) x) as placements,
            (select json_agg(x) from (select nodename, nodeport, isactive, shouldhaveshards from pg_dist_node order by 1, 2) x) as nodes,
            (select json_agg(x) from (select rolname, rolsuper, rolcanlogin from pg_roles where rolname like $1 || '%' or rolname = 'evil' order by 1) x) as roles,
            (select last_value from ${globex.schema}.notes_id_seq) as next`,
    [deployment.prefix],
  );
  return rows;
}

/** What a tenant sees of its own session, on the coordinator and on its worker. */
const TRACES = `select current_setting('work_mem') as work_mem, current_setting('search_path') as path, current_user as role,
  current_setting('citus.enable_ddl_propagation', true) as ddl, current_setting('citus.propagate_set_commands', true) as propagate,
  current_setting('citus.override_table_visibility', true) as visibility from notes limit 1`;

describe.each(['enforce', 'off'] as const)('with the guard "%s", a tenant on Citus', (mode) => {
  let pool: TenantPool;
  let clean: unknown;

  beforeAll(async () => {
    pool = new TenantPool({
      connectionString: database.loginUrl,
      ...deployment.tenancy,
      guard: { mode },
      // Both tenants come by one connection, and with it by what it has cached of workers.
      max: 1,
    });
    clean = (await pool.for(globex).query(TRACES)).rows;
  });

  afterAll(() => pool?.end());

  async function attack(text: string): Promise<string> {
    const before = await photograph();
    const client = await pool.for(acme).connect();
    let heard = '';
    try {
      await client.query('begin');
      // Settings come first, each as a statement of its own.
      const statements = text.startsWith('set ') ? fill(text).split('; ') : [fill(text)];
      for (const statement of statements) heard = JSON.stringify((await client.query(statement)).rows);
      await client.query('commit');
    } catch (error) {
      const { message, detail, code } = error as { message: string; detail?: string; code: string };
      heard = `${code}: ${message} ${detail ?? ''}`;
      await client.query('rollback').catch(() => {});
    } finally {
      client.release();
    }
    expect(heard).not.toContain(MARK);
    expect(await photograph()).toEqual(before);
    expect((await pool.for(globex).query(TRACES)).rows).toEqual(clean);
    return heard;
  }

  it.each(SQL)('gains nothing by: %s', async (text) => {
    await attack(text);
  });

  it.each(FUNCTIONS)('gains nothing by: select %s', async (call) => {
    const heard = await attack(`select ${call}`);
    if (mode === 'enforce' && !call.startsWith('nextval')) expect(heard).toMatch(/^STATEMENT_REFUSED/);
  });

  it('leaves no setting behind on the connection that its worker keeps', async () => {
    await attack(`select set_config('work_mem', '1GB', false) from notes`);
    await attack(`select set_config('search_path', '${globex.schema}', false), body from notes`);
    await attack(
      `set local citus.propagate_set_commands = 'local'; set local work_mem = '1GB'; select body from notes`,
    );
  });

  it('leaves no temporary table behind that another would read', async () => {
    await attack(`create temporary table notes as select 'of acme' as body`);
    expect((await pool.for(globex).query('select body from notes')).rows).toEqual([{ body: MARK }]);
  });

  it('leaves no lock behind on its worker that another would wait for', async () => {
    if (mode === 'enforce') {
      expect(await attack('select pg_advisory_lock(7) from notes')).toMatch(/^STATEMENT_REFUSED/);
      return;
    }
    await attack('select pg_advisory_xact_lock(7) from notes');
    expect(
      (await pool.for(globex).query('select pg_try_advisory_xact_lock(7) as free from notes')).rows,
    ).toEqual([{ free: true }]);
  });
});

describe('the role of a tenant', () => {
  const role = () => rolesOf(deployment.prefix).ofTenant(globex);

  it('cannot log in on the coordinator', async () => {
    const url = Object.assign(new URL(database.url), { username: role(), password: 'x' }).href;
    await expect(onDatabase(url, (client) => client.query('select 1'))).rejects.toMatchObject({
      code: expect.stringMatching(/^28/),
    });
  });

  it('is let in on a worker from nowhere but the servers of the cluster', async () => {
    class Elsewhere extends Socket {
      override connect(port: unknown, host?: unknown): this {
        return super.connect({ port: Number(port), host: String(host), localAddress: '127.0.0.2' });
      }
    }
    const client = new pg.Client({
      host: node.hostname,
      port: Number(node.port),
      database: database.name,
      user: role(),
      stream: () => new Elsewhere(),
    });
    await expect(client.connect()).rejects.toMatchObject({ code: '28000' });
  });
});
