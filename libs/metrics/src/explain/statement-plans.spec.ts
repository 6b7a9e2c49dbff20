/** @suite postgres15 */
import { createHash } from 'node:crypto';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import { StatementReader } from '@rowhouse/core/internal';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { MetricsDeployment } from '../metrics.fixture.js';
import { TenancyMetricsModule } from '../nest/tenancy-metrics.module.js';
import { StatementPlans } from './statement-plans.js';

let open: MetricsDeployment;
let version: number;
beforeAll(async () => {
  open = await MetricsDeployment.open();
  const { rows } = await open.catalog.query(`select current_setting('server_version_num')::int as version`);
  version = rows[0].version;
});
afterAll(() => open.close());

/** As a flush writes it. */
async function slowShape(tenant: Tenant, shape: string | null): Promise<string> {
  const id = createHash('sha256').update(String(shape)).digest('hex').slice(0, 16);
  await open.catalog.query(
    `insert into rowhouse.metric_slow_statements (tenant_id, id, shape, calls, total_us, max_us, rows)
     values ($1, $2, $3, 1, 1, 1, 1) on conflict do nothing`,
    [tenant.id, id, shape],
  );
  return id;
}

/** A tenant with a table, and the plans of its deployment. */
async function tenantWithOrders(slug: string, isolation: TenantIsolation) {
  const [tenant] = await open.tenants([slug], isolation);
  if (!tenant) throw new Error('no tenant');
  const { deployment } = await open.fleet();
  const { registry } = deployment;
  const owner = await registry.directFor(tenant);
  if (isolation !== 'row') await owner.query('create table "Weird Orders" (id int primary key, note text)');
  await registry.homes.prepare(tenant);
  return { tenant, registry, owner, plans: new StatementPlans(open.catalog, registry) };
}

const is16 = () => version >= 160_000;

it.each<TenantIsolation>(['schema', 'database'])(
  'plans in the home of a tenant with isolation %s',
  async (isolation) => {
    const { tenant, plans } = await tenantWithOrders(`plan-${isolation}`, isolation);
    const reader = await StatementReader.load();
    const shape =
      reader.shapeOf(`select note from "Weird Orders" where id = 7 and note in ('a', 'b') limit 5`) ?? '';
    const asked = plans.explain(tenant, await slowShape(tenant, shape));
    if (!is16()) {
      await expect(asked).rejects.toMatchObject({ code: 'STATEMENT_NOT_EXPLAINABLE', status: 422 });
      return;
    }
    const answer = await asked;
    expect(answer.shape).toBe(shape);
    expect(answer.plan.join('\n')).toMatch(/Weird Orders.*\n.*Index Cond: \(id = \$1\)/);
    const { rows } = await open.catalog.query(
      `select target, after ->> 'shape' as shape from rowhouse.audit_entries where action = 'slow_statement.explained' and tenant_id = $1`,
      [tenant.id],
    );
    expect(rows).toEqual([{ target: expect.any(String), shape }]);
  },
);

it('plans what needs no table for a tenant in shared tables', async () => {
  const { tenant, plans } = await tenantWithOrders('plan-row', 'row');
  const asked = plans.explain(tenant, await slowShape(tenant, 'select ?::int'));
  if (is16()) expect((await asked).plan[0]).toMatch(/^Result/);
  else await expect(asked).rejects.toMatchObject({ code: 'STATEMENT_NOT_EXPLAINABLE' });
});

describe('what a tenant could try by a shape of its own', () => {
  let own: Awaited<ReturnType<typeof tenantWithOrders>>;
  let other: Tenant;
  beforeAll(async () => {
    own = await tenantWithOrders('mallory', 'schema');
    ({ tenant: other } = await tenantWithOrders('victim', 'schema'));
  });

  const refused = async (shape: string | null) =>
    expect(own.plans.explain(own.tenant, await slowShape(own.tenant, shape))).rejects.toMatchObject({
      code: 'STATEMENT_NOT_EXPLAINABLE',
    });

  it.each([
    null,
    'drop table "Weird Orders"',
    'select ?; delete from "Weird Orders"',
    'do ?',
    'no sql at all',
  ])('is not sent: %s', async (shape) => {
    const before = await entries();
    await refused(shape);
    expect(await entries()).toBe(before);
  });
  const entries = async () => {
    const { rows } = await open.catalog.query('select count(*)::int as count from rowhouse.audit_entries');
    return rows[0].count;
  };

  it('executes nothing', async () => {
    const { owner, plans, tenant } = own;
    await owner.query(`insert into "Weird Orders" values (1, 'here') on conflict do nothing`);
    const asked = plans.explain(tenant, await slowShape(tenant, 'delete from "Weird Orders"'));
    if (is16()) expect((await asked).plan[0]).toMatch(/^Delete on "Weird Orders"/);
    else await expect(asked).rejects.toMatchObject({ code: 'STATEMENT_NOT_EXPLAINABLE' });
    expect(await owner.query('select * from "Weird Orders"')).toHaveLength(1);
  });

  it('does not reach the home of another', async () => {
    await refused(`select * from ${other.schema}."Weird Orders"`);
  });

  it('writes nothing by a function that planning executes, and ends when that takes long', async () => {
    await own.owner.query(`create function folded(what text) returns int immutable language plpgsql as $$ begin
      execute what; return 1; end $$`);
    // Constants of a shape are gone; those within a function are not.
    for (const [name, what] of [
      ['writes', `insert into "Weird Orders" values (2, ''written'')`],
      ['sleeps', 'select pg_sleep(600)'],
    ])
      await own.owner.query(
        `create function ${name}() returns int immutable language sql as $$ select folded('${what}') $$`,
      );
    await own.registry.homes.prepare(own.tenant);
    await refused('select writes()');
    await refused('select sleeps()');
    expect(await own.owner.query('select * from "Weird Orders" where id = 2')).toEqual([]);
  });
});

it('says what is not there, and is for operators', async () => {
  const [acme] = await open.tenants(['acme']);
  const { url } = await open.start(
    TenancyMetricsModule.forRoot({
      flushMs: 60_000,
      path: 'admin',
      auth: new OperatorAuth({
        tokens: [
          { token: () => 'operator', role: 'operator' },
          { token: () => 'viewer', role: 'viewer' },
        ],
      }),
    }),
  );
  const id = await slowShape(acme as Tenant, 'select ?::int');
  const explain = async (path: string, token: string) => {
    const answer = await fetch(`${url}/admin/metrics/${path}/plan`, {
      headers: { authorization: `Bearer ${token}` },
    });
    // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into without declaring each.
    return { status: answer.status, body: (await answer.json()) as any };
  };
  expect((await explain(`acme/slow-statements/${id}`, 'viewer')).status).toBe(403);
  expect(await explain('acme/slow-statements/0000', 'operator')).toMatchObject({
    status: 404,
    body: { code: 'SLOW_STATEMENT_NOT_FOUND' },
  });
  expect((await explain(`nobody/slow-statements/${id}`, 'operator')).status).toBe(404);
  const { status, body } = await explain(`acme/slow-statements/${id}`, 'operator');
  expect([status, body.code ?? body.shape]).toEqual(
    is16() ? [200, 'select ?::int'] : [422, 'STATEMENT_NOT_EXPLAINABLE'],
  );
  await expect(new StatementPlans(open.catalog).explain(acme as Tenant, id)).rejects.toMatchObject({
    code: 'STATEMENT_NOT_EXPLAINABLE',
  });
});
