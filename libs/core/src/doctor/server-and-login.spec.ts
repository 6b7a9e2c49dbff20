/** @suite postgres15 */
import { SERVER_CHECKS } from './checks/server-checks.js';
import { type Deployment, openDeployment, planted } from './deployment.fixture.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await openDeployment();
});
afterAll(() => deployment.close());

describe('of the server', () => {
  it('an older version than 15 is found', async () => {
    const owner = { query: async () => ({ rows: [{ version: 140_011, name: '14.11' }] }) };
    const check = SERVER_CHECKS.find(({ id }) => id === 'server.version');
    expect(await check?.run({ owner } as never)).toMatchObject({
      status: 'fail',
      detail: 'PostgreSQL 14.11 is older than 15.',
    });
  });

  it.each([
    ['standard_conforming_strings', 'off'],
    ['lo_compat_privileges', 'on'],
    ['row_security', 'off'],
  ])('%s = %s is found', async (name, value) => {
    const { database } = deployment;
    const found = await planted(
      deployment,
      'server.settings',
      `alter database ${database.name} set ${name} = '${value}'`,
      `alter database ${database.name} reset ${name}`,
    );
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining(`${name} = ${value}`) });
    expect(found?.remedy).toContain(`set ${name} =`);
  });

  it('another client encoding is found', async () => {
    // pg asks for UTF8; only a pooler could have it otherwise.
    const app = { query: async () => ({ rows: [{ name: 'client_encoding', setting: 'LATIN1' }] }) };
    const check = SERVER_CHECKS.find(({ id }) => id === 'server.settings');
    expect(await check?.run({ app, login: 'app' } as never)).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('client_encoding = LATIN1'),
    });
  });

  it.each(['warn', 'off'] as const)('a guard in mode %s is found', async (mode) => {
    const { examineOptions } = deployment;
    const app = { ...examineOptions.app, guard: { mode } };
    expect(await deployment.check('guard.mode', { app })).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining(`"${mode}"`),
    });
  });
});

describe('of the roles', () => {
  it('that they are off is found, and their checks are left out', async () => {
    const { examineOptions } = deployment;
    const checks = await deployment.examine({ app: { ...examineOptions.app, roles: false } });
    expect(checks.find(({ id }) => id === 'roles.enabled')).toMatchObject({ status: 'fail' });
    expect(checks.map(({ id }) => id)).not.toContain('roles.deployment');
    expect(checks.find(({ id }) => id === 'pins.hold')).toMatchObject({ status: 'pass' });
    expect(checks.find(({ id }) => id === 'pins.rows')).toMatchObject({ status: 'pass' });
  });

  it('one that is missing is found', async () => {
    const { roles } = deployment;
    const found = await planted(
      deployment,
      'roles.deployment',
      `alter role ${roles.shared} rename to ${roles.shared}_away`,
      `alter role ${roles.shared}_away rename to ${roles.shared}`,
    );
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining(roles.shared) });
    expect(found?.remedy).toBe('rowhouse grants repair --all');
  });

  it.each([
    ['SUPERUSER', 'superuser', 'nosuperuser'],
    ['BYPASSRLS', 'bypassrls', 'nobypassrls'],
    ['CREATEROLE', 'createrole', 'nocreaterole'],
    ['LOGIN', 'login', 'nologin'],
  ])('a tenant with %s is found', async (power, plant, uproot) => {
    const role = deployment.roles.ofTenant(deployment.acme);
    const found = await planted(
      deployment,
      'roles.powers',
      `alter role ${role} ${plant}`,
      `alter role ${role} ${uproot}`,
    );
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining(`${role} (${power})`) });
  });

  it('a tenant that owns a table is found', async () => {
    const { roles, acme } = deployment;
    const found = await planted(
      deployment,
      'roles.powers',
      `alter table ${acme.schema}.products owner to ${roles.ofTenant(acme)}`,
      `alter table ${acme.schema}.products owner to current_user`,
    );
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining('owner of objects') });
  });

  it('a tenant in the role of another is found', async () => {
    const { roles, acme, globex } = deployment;
    const [one, other] = [roles.ofTenant(acme), roles.ofTenant(globex)];
    const found = await planted(
      deployment,
      'roles.memberships',
      `grant ${other} to ${one}`,
      `revoke ${other} from ${one}`,
    );
    expect(found).toMatchObject({ status: 'fail', remedy: `revoke "${other}" from "${one}";` });
  });
});

describe('of the login', () => {
  it.each([
    ['login.superuser', 'fail', 'superuser', 'nosuperuser'],
    ['login.bypassrls', 'fail', 'bypassrls', 'nobypassrls'],
    ['login.createrole', 'warn', 'createrole', 'nocreaterole'],
  ])('%s is found', async (id, status, plant, uproot) => {
    const { login } = deployment;
    const found = await planted(
      deployment,
      id,
      `alter role ${login} ${plant}`,
      `alter role ${login} ${uproot}`,
    );
    expect(found).toMatchObject({ status, detail: expect.stringContaining(login) });
    expect(await deployment.check(id)).toMatchObject({ status: 'pass' });
  });

  it('login.ancestry finds a login that may become a superuser, through other roles too', async () => {
    const { login } = deployment;
    const between = `${login}_between`;
    const found = await planted(
      deployment,
      'login.ancestry',
      `create role ${between}; do $$ begin execute format('grant %I to ${between}', current_user); end $$; grant ${between} to ${login}`,
      `drop role ${between}`,
    );
    expect(found).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(`${login} is a member of `),
    });
    expect(await deployment.check('login.ancestry')).toMatchObject({ status: 'pass' });
  });

  it.each([
    ['schema', (name: string) => name],
    ['table', (name: string) => `${name}.products`],
  ])("a tenant's %s that it owns is found", async (kind, nameOf) => {
    const { login, acme } = deployment;
    const name = nameOf(acme.schema);
    const found = await planted(
      deployment,
      'login.owner',
      `alter ${kind} ${name} owner to ${login}`,
      `alter ${kind} ${name} owner to current_user`,
    );
    expect(found).toMatchObject({ status: 'warn', detail: expect.stringContaining(name) });
  });

  it('that it is the owner of the database, and so of schema public, is found', async () => {
    const { login, database } = deployment;
    const found = await planted(
      deployment,
      'login.owner',
      `alter database ${database.name} owner to ${login}`,
      `alter database ${database.name} owner to current_user`,
    );
    expect(found).toMatchObject({ status: 'warn', detail: expect.stringContaining('public') });
  });

  it('that it may act for no tenant is found', async () => {
    const { login, roles } = deployment;
    const found = await planted(
      deployment,
      'login.membership',
      `revoke ${roles.app} from ${login}`,
      `grant ${roles.app} to ${login}`,
    );
    expect(found).toMatchObject({ status: 'fail', remedy: `grant "${roles.app}" to "${login}";` });
  });

  it('that it may not act for one tenant is found', async () => {
    const { roles, acme } = deployment;
    const role = roles.ofTenant(acme);
    await deployment.admin.query(`revoke ${role} from ${roles.app}`);
    expect(await deployment.check('login.membership')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(role),
    });
    await deployment.homes.prepare(acme);
    expect(await deployment.check('login.membership')).toMatchObject({ status: 'pass' });
  });

  it("that it has a tenant's privileges without acting for it is found", async () => {
    const { login, roles, globex } = deployment;
    const role = roles.ofTenant(globex);
    const found = await planted(
      deployment,
      'login.inheritance',
      `grant ${role} to ${login}`,
      `revoke ${role} from ${login}`,
    );
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining(role) });
  });

  it('that its group inherits is found', async () => {
    const { admin, roles, globex } = deployment;
    const role = roles.ofTenant(globex);
    const version = Number((await admin.query('show server_version_num')).rows[0].server_version_num);
    const [plant, uproot] =
      version < 160_000
        ? [`alter role ${roles.app} inherit`, `alter role ${roles.app} noinherit`]
        : [
            `grant ${role} to ${roles.app} with inherit true`,
            `grant ${role} to ${roles.app} with inherit false`,
          ];
    const found = await planted(deployment, 'login.inheritance', plant, uproot);
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining(role) });
    expect(await deployment.check('login.inheritance')).toMatchObject({ status: 'pass' });
  });
});
