import { type Deployment, openDeployment, planted } from './deployment.contract.js';
import { openFakePooler } from './fake-pooler.contract.js';
import { syntheticSlug, syntheticTenant } from './synthetic-tenants.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await openDeployment();
});
afterAll(() => deployment.close());

/** An event trigger that does something to what an examination makes. */
const meddling = (tag: string, statement: string) => [
  `create function public.meddle() returns event_trigger language plpgsql as $body$
     declare made record;
     begin
       for made in select * from pg_event_trigger_ddl_commands() where object_identity like '%rhdoctor%' loop
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

  it.each(['pins.hold', 'pins.rows'])(
    'that leave something on their connection are found by %s',
    async (id) => {
      const [plant = '', uproot = ''] = meddling(
        'CREATE TABLE',
        `execute format('create trigger leave before insert on %s for each row execute function public.leave()', made.object_identity);`,
      );
      const found = await planted(
        deployment,
        id,
        `create function public.leave() returns trigger language plpgsql as
         $body$ begin perform set_config('rowhouse.tenant_id', 'left', false); return new; end $body$;
       ${plant.replaceAll("made.object_identity like '%rhdoctor%'", "made.command_tag = 'CREATE TABLE' and made.object_identity like '%rhdoctor%probe'")}`,
        `${uproot}; drop function public.leave()`,
      );
      expect(found?.status).toBe('fail');
    },
  );

  it('of tenants that see each other are found', async () => {
    const [plant = '', uproot = ''] = meddling(
      'CREATE TABLE',
      `execute format('create rule see as on select to %s do instead select 1', made.object_identity);`,
    );
    expect(await planted(deployment, 'pins.hold', plant, uproot)).toMatchObject({ status: 'fail' });
  });

  it('of tenants that reach into the schema of another are found', async () => {
    const [plant = '', uproot = ''] = meddling(
      'CREATE TABLE',
      `execute format('grant usage on schema %I to public; grant select on %s to public', made.schema_name, made.object_identity);`,
    );
    const found = await planted(deployment, 'pins.walls', plant, uproot);
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining('was carried out') });
  });

  it('of row tenants that see each other are found', async () => {
    const [plant = '', uproot = ''] = meddling(
      'CREATE POLICY',
      `execute format('alter policy rowhouse_tenant on %s using (true) with check (true)',
         split_part(made.object_identity, ' on ', 2));`,
    );
    const found = await planted(deployment, 'pins.rows', plant, uproot);
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining('a tenant read') });
  });

  it('cannot be proved by an owner who may not make roles', async () => {
    const { database, admin, login } = deployment;
    await admin.query(`grant create on database ${database.name} to ${login}`);
    const checks = await deployment.examine({ owner: { url: database.loginUrl } });
    await admin.query(`revoke create on database ${database.name} from ${login}`);
    expect(checks.find(({ id }) => id === 'pins.hold')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('Synthetic tenants could not be made'),
    });
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
  let open: number | undefined;
  for (let attempt = 0; attempt < 500 && open !== 0; attempt += 1) {
    const { rows } = await admin.query<{ open: number }>(
      `select count(*)::int as open from pg_stat_activity where datname = $1 and application_name = 'rowhouse-doctor'`,
      [database.name],
    );
    open = rows[0]?.open;
  }
  expect(open).toBe(0);
});
