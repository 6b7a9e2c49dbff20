/** @suite postgres15 */
import { randomBytes } from 'node:crypto';
import { createTestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { dropRoles } from '../../../../test/support/roles.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { CHECKS, examineBy } from '../doctor/examine.js';
import { TenantPool } from '../pool/tenant-pool.js';
import { rolesOf, type Tenant } from '../tenant.js';
import { InMemoryTenantStore } from '../tenants/in-memory-tenant-store.js';
import { TenantHomes } from './tenant-homes.js';

const server = process.env['ROWHOUSE_TEST_URL'] ?? '';
let admin: pg.Client;
const cleanUps: Array<() => Promise<unknown>> = [];

beforeAll(async () => {
  admin = new pg.Client(server);
  await admin.connect();
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
afterAll(() => admin.end());

const unique = (name: string) => `${name}_${randomBytes(4).toString('hex')}`;

function prefixOfTest(name = 'mark'): string {
  const prefix = unique(name);
  cleanUps.push(() => dropRoles(prefix));
  return prefix;
}

async function ownerLogin(): Promise<string> {
  const name = unique('owner');
  await admin.query(`create role ${name} login createrole createdb password 'secret'`);
  cleanUps.push(async () => {
    await admin.query(`drop owned by ${name}`);
    await admin.query(`drop role ${name}`);
  });
  return name;
}

/** An application on a server that others may use as well: a database of an ordinary owner, and a login that owns nothing. */
async function openApplication(prefix: string, owner: string, label = 'shop') {
  const database = await createTestDatabase();
  // Test databases are one deployment on purpose. These are not.
  await admin.query(`comment on database ${database.name} is null`);
  const name = unique(label);
  await admin.query(`alter database ${database.name} rename to ${name}`);
  await admin.query(`alter database ${name} owner to ${owner}`);
  const to = (url: string, change: Partial<URL>) => Object.assign(new URL(url), change).href;
  const ownerUrl = to(database.url, { pathname: `/${name}`, username: owner, password: 'secret' });
  const loginUrl = to(database.loginUrl, { pathname: `/${name}` });
  const login = new URL(loginUrl).username;
  const pool = { roles: prefix };
  const homes = new TenantHomes({ owner: { url: ownerUrl }, logins: [login], pool });
  const drop = async () => {
    await homes.close();
    await admin.query(`drop database if exists ${name} with (force)`);
  };
  cleanUps.push(async () => {
    await drop();
    await database.drop();
  });
  const onOwner = async (sql: string) => {
    const client = new pg.Client(ownerUrl);
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    ...{ name, ownerUrl, loginUrl, login, homes, drop, onOwner },
    check: async (id: string, tenants: readonly Tenant[] = []) => {
      const { checks } = await examineBy(
        CHECKS.filter((check) => check.id === id),
        {
          app: { connectionString: loginUrl, ...pool },
          owner: { url: ownerUrl },
          store: new InMemoryTenantStore(tenants),
        },
      );
      return checks[0];
    },
    /** A tenant with a table that holds its slug. */
    async tenant(slug: string): Promise<Tenant> {
      const tenant = makeTenant(slug);
      await homes.prepare(tenant);
      await onOwner(
        `create table "${tenant.schema}".notes (text text); insert into "${tenant.schema}".notes values ('${slug}')`,
      );
      return tenant;
    },
    /** What a tenant of this application reads of its notes. */
    async read(tenant: Tenant): Promise<string> {
      const tenants = new TenantPool({ connectionString: loginUrl, ...pool });
      tenants.on('error', () => {});
      try {
        return (await tenants.for(tenant).query('select text from notes')).rows[0]?.text;
      } finally {
        await tenants.end();
      }
    },
  };
}

/** The roles of a prefix that a login may act as. */
async function rolesOfLogin(login: string, prefix: string): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(
    `select rolname::text as name from pg_roles where starts_with(rolname, $2 || '_') and pg_has_role($1, oid, 'MEMBER')`,
    [login, prefix],
  );
  return rows.map(({ name }) => name);
}

const taken = { code: 'ROLES_TAKEN' };

describe('two deployments on one server', () => {
  it('do not share roles: the second with the same prefix is refused, and told what to do', async () => {
    const [prefix, owner] = [prefixOfTest(), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    const crm = await openApplication(prefix, owner, 'crm');
    const acme = await shop.tenant('acme');

    await expect(crm.homes.prepareDeployment()).rejects.toMatchObject({
      ...taken,
      message: expect.stringMatching(
        new RegExp(`"${prefix}_….+"${shop.name}".+pool\\.roles.+comment on database`, 'is'),
      ),
    });
    await expect(crm.homes.prepare(makeTenant('globex'))).rejects.toMatchObject(taken);
    await expect(crm.homes.prepare(makeTenant('hooli', { isolation: 'database' }))).rejects.toMatchObject(
      taken,
    );
    expect(await rolesOfLogin(crm.login, prefix)).toEqual([]);

    await shop.homes.repairShared();
    expect(await shop.read(acme)).toBe('acme');
  });

  it('with two owners, the second hears that the roles are taken, and not that it lacks CREATEROLE', async () => {
    const prefix = prefixOfTest();
    const shop = await openApplication(prefix, await ownerLogin());
    const crm = await openApplication(prefix, await ownerLogin(), 'crm');
    await shop.tenant('acme');
    await expect(crm.homes.prepareDeployment()).rejects.toMatchObject(taken);
  });

  it('live side by side when one prefix begins with the other', async () => {
    const [prefix, owner] = [prefixOfTest(), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    const crm = await openApplication(`${prefix}_b`, owner, 'crm');
    const [acme, globex] = [await shop.tenant('acme'), await crm.tenant('globex')];
    expect([await shop.read(acme), await crm.read(globex)]).toEqual(['acme', 'globex']);
    for (const [application, tenant] of [
      [shop, acme],
      [crm, globex],
    ] as const)
      for (const id of [
        'roles.deployment',
        'roles.powers',
        'roles.memberships',
        'login.membership',
        'tenants.orphans',
      ])
        expect([id, await application.check(id, [tenant])]).toEqual([
          id,
          expect.objectContaining({ status: 'pass' }),
        ]);
    await shop.homes.remove(acme);
    expect(await crm.read(globex)).toBe('globex');
  });

  it('removing a tenant leaves the roles of the other alone, though a copy knows a tenant of the same id', async () => {
    const [prefix, owner] = [prefixOfTest(), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    const acme = await shop.tenant('acme');
    const copy = await openApplication(prefix, owner, 'copy');
    await expect(copy.homes.remove(acme)).rejects.toMatchObject(taken);
    expect(await shop.read(acme)).toBe('acme');
  });

  it('the doctor of the second says whose the roles are, and looks at none of them', async () => {
    const [prefix, owner] = [prefixOfTest(), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    const crm = await openApplication(prefix, owner, 'crm');
    await shop.tenant('acme');
    expect(await crm.check('roles.deployment')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(`"${shop.name}"`),
      remedy: expect.stringContaining('pool.roles'),
    });
    expect(await crm.check('tenants.orphans')).toMatchObject({ status: 'pass' });
    expect(await crm.check('login.membership')).toBeUndefined();
    expect(await crm.check('pins.hold')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(shop.name),
    });
    expect(await rolesOfLogin(crm.login, prefix)).toEqual([]);
  });
});

describe('the mark of a deployment', () => {
  it('is set on roles that were made before there were marks', async () => {
    const [prefix, owner] = [prefixOfTest(), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    await shop.tenant('acme');
    await admin.query(
      `comment on role ${prefix}_app is 'Rowhouse: what logins of the application are members of'`,
    );
    await shop.homes.repairShared();
    const crm = await openApplication(prefix, owner, 'crm');
    await expect(crm.homes.prepareDeployment()).rejects.toMatchObject(taken);
  });

  it('is not set where unmarked roles are at work in another database', async () => {
    const [prefix, owner] = [prefixOfTest(), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    await shop.tenant('acme');
    await admin.query(`comment on role ${prefix}_app is null`);
    const crm = await openApplication(prefix, owner, 'crm');
    await expect(crm.homes.prepareDeployment()).rejects.toMatchObject(taken);
    await shop.homes.repairShared();
  });

  it('follows a database that is renamed', async () => {
    const [prefix, owner] = [prefixOfTest(), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    const acme = await shop.tenant('acme');
    await shop.homes.close();
    const renamed = unique('renamed');
    await admin.query(`alter database ${shop.name} rename to ${renamed}`);
    cleanUps.push(() => admin.query(`drop database ${renamed} with (force)`));
    const newcomer = await openApplication(prefix, owner, 'newcomer');
    await expect(newcomer.homes.prepareDeployment()).rejects.toMatchObject(taken);

    const url = Object.assign(new URL(shop.ownerUrl), { pathname: `/${renamed}` }).href;
    const homes = new TenantHomes({ owner: { url }, logins: [shop.login], pool: { roles: prefix } });
    await homes.prepare(acme);
    await homes.close();
    const { rows } = await admin.query(
      `select shobj_description('${prefix}_app'::regrole, 'pg_authid') as mark`,
    );
    expect(rows).toEqual([{ mark: `Rowhouse deployment ${renamed}` }]);
  });

  it('goes over to the next deployment when the database is gone', async () => {
    const [prefix, owner] = [prefixOfTest(), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    await shop.tenant('acme');
    await shop.drop();
    const crm = await openApplication(prefix, owner, 'crm');
    const globex = await crm.tenant('globex');
    expect(await crm.read(globex)).toBe('globex');
  });

  it('is shared by databases that say so, as test databases do', async () => {
    const [prefix, owner] = [prefixOfTest(), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    const twin = await openApplication(prefix, owner, 'twin');
    await shop.homes.prepareDeployment();
    await twin.onOwner(`comment on database ${twin.name} is 'Rowhouse deployment ${shop.name}'`);
    await twin.homes.prepareDeployment();
    expect(await shop.check('roles.elsewhere')).toMatchObject({ status: 'pass' });

    const [one, two] = [await createTestDatabase(), await createTestDatabase()];
    for (const { url } of [one, two]) {
      const homes = new TenantHomes({ owner: { url }, pool: { roles: 'test_default' } });
      await homes.prepareDeployment();
      await homes.close();
    }
    await Promise.all([one.drop(), two.drop()]);
    await dropRoles('test_default');
  });

  it('does not come along with a clone, whose grants the doctor of the first reports', async () => {
    const [prefix, own, owner] = [prefixOfTest(), prefixOfTest('clone'), await ownerLogin()];
    const shop = await openApplication(prefix, owner);
    const acme = await shop.tenant('acme');
    const clone = unique('clone');
    await shop.homes.close();
    await admin.query(`create database ${clone} template ${shop.name} owner ${owner}`);
    cleanUps.push(() => admin.query(`drop database ${clone} with (force)`));
    const url = Object.assign(new URL(shop.ownerUrl), { pathname: `/${clone}` }).href;
    const same = new TenantHomes({ owner: { url }, logins: [shop.login], pool: { roles: prefix } });
    await expect(same.prepare(acme)).rejects.toMatchObject(taken);
    await same.close();
    expect(await shop.check('roles.elsewhere')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining(clone),
    });
    expect(await shop.check('tenants.orphans', [acme])).toMatchObject({ status: 'pass' });
    expect(await shop.check('tenants.homes', [acme])).toMatchObject({ status: 'pass' });

    // With a prefix of its own the clone is a deployment like any other, and the first one's roles lose what they had in it.
    const homes = new TenantHomes({ owner: { url }, logins: [shop.login], pool: { roles: own } });
    await homes.prepare(acme);
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query(
      `select has_schema_privilege($1, $2, 'USAGE') as old, has_schema_privilege($3, $2, 'USAGE') as new`,
      [rolesOf(prefix).ofTenant(acme), acme.schema, rolesOf(own).ofTenant(acme)],
    );
    expect(rows).toEqual([{ old: false, new: true }]);
    await client.end();
    await homes.close();
    expect(await shop.read(acme)).toBe('acme');
  });
});
