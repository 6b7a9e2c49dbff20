import type pg from 'pg';
import { REPORTED_PARAMETER } from '../../pin/pin.js';
import type { Tenant } from '../../tenant.js';
import { TenantContext } from '../../tenant-context.js';
import type { Check, Examination } from '../examination.js';
import { explain, type Finding, fail, pass, warn } from '../report.js';
import { NothingProvedError, PROBE, type Stage } from '../synthetic-tenants.js';

const READ = `select value from ${PROBE} order by 1`;
const INSUFFICIENT_PRIVILEGE = '42501';
const DIVISION_BY_ZERO = '22012';

/** The settings of a session that its next user would notice. */
const SESSION = `select current_user::text as "user", coalesce(current_setting('rowhouse.tenant_id', true), '') as tenant,
  current_setting('${REPORTED_PARAMETER}') as path`;

type Client = Pick<pg.ClientBase, 'query'>;

async function read(client: Client): Promise<string> {
  const { rows } = await client.query<{ value: string }>(READ);
  return rows.map(({ value }) => value).join(', ');
}

function expectEqual(actual: string, expected: string, situation: string): void {
  if (actual !== expected)
    throw new Error(`${situation}, a tenant read "${actual}" where "${expected}" was its own.`);
}

/** @param code - the SQLSTATE that is expected. */
async function expectRefusal(client: Client, sql: string, code: string): Promise<void> {
  const outcome = await client.query(sql).then(
    () => 'was carried out',
    (error: { code?: string }) => (error.code === code ? undefined : `ended with ${explain(error)}`),
  );
  if (outcome) throw new Error(`"${sql}" ${outcome}, and should have been refused with ${code}.`);
}

async function interleave({ pool, tenants }: Stage): Promise<void> {
  const answers = Array.from({ length: 3 }, () => tenants)
    .flat()
    .map(async (tenant) => {
      expectEqual(await read(pool.for(tenant)), tenant.slug, 'With statements of two tenants in turn');
    });
  await Promise.all(answers);
}

async function failAndGoOn({ pool, tenants: [first, second] }: Stage): Promise<void> {
  await expectRefusal(pool.for(first), 'select 1/0', DIVISION_BY_ZERO);
  expectEqual(await read(pool.for(second)), second.slug, 'After an error');
}

/** One tenant's transaction with a savepoint, then the other tenant on the same connection. */
async function transact({ pool, tenants: [first, second] }: Stage): Promise<void> {
  const client = await pool.for(first).connect();
  try {
    await client.query('begin');
    await client.query(`insert into ${PROBE} values ('zz')`);
    await client.query('savepoint before');
    await expectRefusal(client, 'select 1/0', DIVISION_BY_ZERO);
    await client.query('rollback to savepoint before');
    expectEqual(await read(client), `${first.slug}, zz`, 'After a savepoint');
    await client.query('commit');
  } finally {
    client.release();
  }
  expectEqual(await read(pool.for(second)), second.slug, 'After a transaction');
  await pool.for(first).query(`delete from ${PROBE} where value = 'zz'`);
}

async function expectNothingLeft({ unpinned }: Stage, app: pg.Pool): Promise<void> {
  const [fresh, used] = [(await app.query(SESSION)).rows[0], (await unpinned(SESSION))[0]];
  if (JSON.stringify(fresh) !== JSON.stringify(used))
    throw new Error(
      `A pin left its connection with ${JSON.stringify(used)} instead of ${JSON.stringify(fresh)}.`,
    );
}

async function expectWalls({ pool, tenants }: Stage): Promise<void> {
  for (const [tenant, other] of [tenants, [...tenants].reverse()] as Array<[Tenant, Tenant]>) {
    const table = `"${other.schema}".${PROBE}`;
    for (const sql of [
      `select value from ${table}`,
      `insert into ${table} values ('stray')`,
      `update ${table} set value = 'stray'`,
      `delete from ${table}`,
      `truncate ${table}`,
      `create table "${other.schema}".stray ()`,
      `create table "${tenant.schema}".stray ()`,
    ])
      await expectRefusal(pool.for(tenant), sql, INSUFFICIENT_PRIVILEGE);
  }
}

/** Each tenant writes its slug without naming itself, and reaches nothing of the other's. */
async function expectRowWalls(stage: Stage): Promise<void> {
  const { pool, tenants } = stage;
  for (const tenant of tenants)
    await pool.for(tenant).query(`insert into ${PROBE} (value) values ($1)`, [tenant.slug]);
  await interleave(stage);
  for (const [tenant, other] of [tenants, [...tenants].reverse()] as Array<[Tenant, Tenant]>) {
    const own = pool.for(tenant);
    for (const sql of [
      `insert into ${PROBE} (value, tenant_id) values ('stray', '${other.id}')`,
      `update ${PROBE} set tenant_id = '${other.id}'`,
    ])
      await expectRefusal(own, sql, INSUFFICIENT_PRIVILEGE);
    for (const sql of [`update ${PROBE} set value = 'stray'`, `delete from ${PROBE}`]) {
      const { rowCount } = await own.query(`${sql} where tenant_id = '${other.id}'`);
      if (rowCount !== 0) throw new Error(`"${sql}" reached the rows of another tenant.`);
    }
  }
  await interleave(stage);
}

async function expectSystemSeesAll({ pool, tenants }: Stage): Promise<void> {
  const all = await TenantContext.runAsSystem('rowhouse doctor', () => read(pool));
  expectEqual(
    all,
    tenants
      .map(({ slug }) => slug)
      .sort()
      .join(', '),
    'In the system context',
  );
}

async function prove(proof: string, remedy: string, steps: () => Promise<void>): Promise<Finding> {
  try {
    await steps();
    return pass(proof);
  } catch (error) {
    if (error instanceof NothingProvedError) return warn(`Not proved. ${error.message}`, error.remedy);
    return fail(explain(error), remedy);
  }
}

const leavesNoPin = ({ settings }: Examination) => settings.pin === 'statement';

export const PIN_CHECKS: readonly Check[] = [
  {
    id: 'pins.hold',
    run: (examination) =>
      prove(
        'Two tenants took turns on one connection, through errors, transactions and savepoints: each read its own.',
        'Look at roles.deployment, login.membership and pooler.transactions first.',
        async () => {
          const { schema } = await examination.synthetic.prepare();
          await interleave(schema);
          await failAndGoOn(schema);
          await transact(schema);
          if (leavesNoPin(examination)) await expectNothingLeft(schema, examination.app);
        },
      ),
  },
  {
    id: 'pins.walls',
    needsRoles: 'own',
    run: (examination) =>
      prove(
        'PostgreSQL itself refused a tenant to read, write and create in the schema of another.',
        'Find who grants it: event triggers, default privileges of the owner (\\ddp in psql), memberships of the roles.',
        async () => expectWalls((await examination.synthetic.prepare()).schema),
      ),
  },
  {
    id: 'pins.rows',
    run: (examination) =>
      prove(
        'Two tenants shared a table behind row-level security: each wrote and read its own rows, and no others.',
        'Look at login.bypassrls, server.settings and rows.* first; then at event triggers that change new tables or policies.',
        async () => {
          const { row } = await examination.synthetic.prepare();
          await expectRowWalls(row);
          if (examination.roles) await expectSystemSeesAll(row);
          if (leavesNoPin(examination)) await expectNothingLeft(row, examination.app);
        },
      ),
  },
];
