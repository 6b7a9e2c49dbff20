/** @suite postgres15 */

import { until } from '../../../../test/support/until.js';
import { tenantIdOfRole } from '../homes/role-statements.js';
import { type Deployment, openDeployment, planted } from './deployment.fixture.js';
import { openFakePooler } from './fake-pooler.fixture.js';
import { syntheticSlug, syntheticTenant } from './synthetic-tenants.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await openDeployment();
});
afterAll(() => deployment.close());

/** An event trigger that does something to what an examination makes. */
const meddling = (tag: string, statement: string): [plant: string, uproot: string] => [
  `create function public.meddle() returns event_trigger language plpgsql as $body$
     declare made record;
     begin
       for made in select * from pg_event_trigger_ddl_commands() where object_identity like '%rhdoctor%' and command_tag = '${tag}' loop
         ${statement}
       end loop;
     end $body$;
   revoke execute on function public.meddle() from public;
   create event trigger meddle on ddl_command_end when tag in ('${tag}') execute function public.meddle()`,
  'drop event trigger meddle; drop function public.meddle() cascade',
];

async function syntheticLeft(): Promise<string[]> {
  const { rows } = await deployment.admin.query(
    `select nspname::text as name from pg_namespace where nspname ~ 'rhdoctor'
     union all select rolname::text from pg_roles where starts_with(rolname::text, $1)
       and shobj_description(oid, 'pg_authid') like '%rhdoctor%'`,
    [deployment.prefix],
  );
  return rows.map(({ name }) => name);
}

describe('pins', () => {
  afterEach(async () => expect(await syntheticLeft()).toEqual([]));

  it('that cannot be set are found', async () => {
    const { roles, login } = deployment;
    const found = await planted(
      deployment,
      'pins.hold',
      `revoke ${roles.app} from ${login}`,
      `grant ${roles.app} to ${login}`,
    );
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining('permission denied') });
  });

  /** On each table that an examination makes, before a row is inserted. */
  const onInsert = (statement: string): [plant: string, uproot: string] => {
    const [plant, uproot] = meddling(
      'CREATE TABLE',
      `execute format('create trigger meddle before insert on %s for each row execute function public.on_insert()', made.object_identity);`,
    );
    return [
      `create function public.on_insert() returns trigger language plpgsql as
         $body$ begin ${statement}; return new; end $body$;
       ${plant}`,
      `${uproot}; drop function public.on_insert()`,
    ];
  };

  it('that leave something on their connection are found', async () => {
    const faults = onInsert(`perform set_config('rowhouse.tenant_id', 'left', false)`);
    expect(await planted(deployment, 'pins.hold', ...faults)).toMatchObject({
      status: 'fail',
      detail: expect.stringMatching(/^A pin left its connection with .*"tenant":"left"/),
    });
  });

  it('of tenants that read what is not their own are found', async () => {
    const faults = onInsert(`new.value := 'of a stranger'`);
    expect(await planted(deployment, 'pins.hold', ...faults)).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('a tenant read "of a stranger" where "rhdoctor-'),
    });
  });

  it('of tenants that reach into the schema of another are found', async () => {
    const faults = meddling(
      'CREATE TABLE',
      `execute format('grant usage on schema %I to public; grant select on %s to public', made.schema_name, made.object_identity);`,
    );
    const found = await planted(deployment, 'pins.walls', ...faults);
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining('was carried out') });
  });

  it('of row tenants that see each other are found', async () => {
    const faults = meddling(
      'CREATE POLICY',
      `execute format('alter policy rowhouse_tenant on %s using (true) with check (true)',
         split_part(made.object_identity, ' on ', 2));`,
    );
    const found = await planted(deployment, 'pins.rows', ...faults);
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining('a tenant read') });
  });

  it.each(['pins.hold', 'pins.rows'])('are proved where all tables are published (%s)', async (id) => {
    const found = await planted(
      deployment,
      id,
      'create publication everything for all tables',
      'drop publication everything',
    );
    expect(found).toMatchObject({ status: 'pass' });
  });

  it('cannot be proved by an owner who may not make roles', async () => {
    const { database, admin, login } = deployment;
    await admin.query(`grant create on database ${database.name} to ${login}`);
    const checks = await deployment.examine({ owner: { url: database.loginUrl } });
    await admin.query(`revoke create on database ${database.name} from ${login}`);
    expect(checks.find(({ id }) => id === 'pins.hold')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('Synthetic tenants could not be made'),
      remedy: expect.stringContaining('CREATEROLE'),
    });
  });
});

describe('an event trigger that forbids to drop schemas', () => {
  /** @param statement - what its function does. */
  const forbid = (statement: string) =>
    deployment.admin.query(
      `create sequence public.drops;
       create function public.keep() returns event_trigger language plpgsql as $$ begin ${statement}; end $$;
       revoke execute on function public.keep() from public;
       create event trigger keep on ddl_command_start when tag in ('DROP SCHEMA') execute function public.keep()`,
    );
  const allow = () =>
    deployment.admin.query(
      'drop event trigger keep; drop function public.keep(); drop sequence public.drops',
    );

  it('is named, nothing is proved, and nothing is left behind', async () => {
    await forbid("raise 'kept'");
    const checks = await deployment.examine({ quick: true });
    expect(await syntheticLeft()).toEqual([]);
    const found = checks.find(({ id }) => id === 'pins.hold');
    expect(found).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/^Not proved.*kept.*event trigger keep$/),
    });
    expect(checks.at(-1)).toMatchObject({ id: 'synthetic.leftovers', status: 'pass' });
    await deployment.admin.query((found?.remedy ?? '').split('\n')[0] ?? '');
    expect(await deployment.check('pins.hold')).toMatchObject({ status: 'pass' });
    await allow();
  });

  it('and does so only sometimes, is named with what it kept, and the report comes all the same', async () => {
    const { admin, homes } = deployment;
    await forbid("if nextval('public.drops') > 1 then raise 'kept'; end if");
    const checks = await deployment.examine({ quick: true });
    await allow();
    expect(checks.find(({ id }) => id === 'pins.hold')).toMatchObject({ status: 'pass' });
    expect(checks.at(-1)).toMatchObject({
      id: 'synthetic.leftovers',
      status: 'fail',
      detail: expect.stringMatching(/kept.*event trigger keep$/),
      remedy: expect.stringMatching(/^alter event trigger keep disable;/),
    });
    const left = await syntheticLeft();
    expect(left.filter((name) => name.startsWith('tenant_'))).toHaveLength(3);
    for (const name of left.filter((one) => !one.startsWith('tenant_')))
      await homes.remove(syntheticTenant('gone', 'schema', tenantIdOfRole(name)));
    for (const name of left.filter((one) => one.startsWith('tenant_')))
      await admin.query(`drop schema ${name} cascade`);
  });
});

describe('what a killed examination left', () => {
  it('is found and removed after an hour, and not before', async () => {
    const { admin, homes, roles } = deployment;
    const old = syntheticTenant(syntheticSlug(new Date(Date.now() - 2 * 60 * 60 * 1_000)), 'schema');
    const recent = syntheticTenant(syntheticSlug(new Date()), 'schema');
    await homes.prepare(old);
    await homes.prepare(recent);
    const found = await deployment.check('synthetic.leftovers');
    expect(found).toMatchObject({ status: 'warn' });
    expect(found?.detail).toContain(old.schema);
    expect(found?.detail).toContain(roles.ofTenant(old));
    expect(await syntheticLeft()).toEqual([recent.schema, roles.ofTenant(recent)]);
    expect(await deployment.check('tenants.orphans')).toMatchObject({ status: 'pass' });
    await homes.remove(recent);
    await admin.query(`create schema tenant_rhdoctor_inc`);
    expect(await deployment.check('synthetic.leftovers')).toMatchObject({ status: 'pass' });
    await admin.query(`drop schema tenant_rhdoctor_inc`);
  });
});

describe('poolers', () => {
  const throughPooler = async (
    keepsTransactions: boolean,
    work: (urlOf: (url: string) => string) => Promise<void>,
  ) => {
    const { hostname, port } = new URL(deployment.database.url);
    const pooler = await openFakePooler({ host: hostname, port: Number(port), keepsTransactions });
    try {
      await work(
        (url) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(pooler.port) }).href,
      );
    } finally {
      await pooler.close();
    }
  };

  it('in transaction mode pass with statement pins, and fail with session pins', () =>
    throughPooler(true, async (urlOf) => {
      const app = { ...deployment.examineOptions.app, connectionString: urlOf(deployment.database.loginUrl) };
      const checks = await deployment.examine({ app });
      expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(checks.find(({ id }) => id === 'pooler.transactions')?.detail).toContain('through a pooler');
      expect(
        await deployment.check('pooler.transactions', { app: { ...app, pin: 'session' } }),
      ).toMatchObject({
        status: 'fail',
        detail: expect.stringContaining('session pins'),
      });
    }));

  it('in statement mode are found', () =>
    throughPooler(false, async (urlOf) => {
      const app = { ...deployment.examineOptions.app, connectionString: urlOf(deployment.database.loginUrl) };
      expect(await deployment.check('pooler.transactions', { app })).toMatchObject({
        status: 'fail',
        detail: expect.stringContaining('transaction blocks not allowed'),
      });
    }));

  it('before the owner are found', () =>
    throughPooler(true, async (urlOf) => {
      const owner = { url: urlOf(deployment.database.url) };
      expect(await deployment.check('pooler.owner', { owner })).toMatchObject({ status: 'fail' });
      expect(await deployment.check('pooler.owner')).toMatchObject({ status: 'pass' });
    }));
});

it('connections are all closed in the end', async () => {
  const { admin, database } = deployment;
  await deployment.examine();
  const open = () =>
    admin.query(`select from pg_stat_activity where datname = $1 and application_name = 'rowhouse-doctor'`, [
      database.name,
    ]);
  await until(async () => (await open()).rowCount === 0);
});
