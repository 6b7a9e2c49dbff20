/** @suite postgres15 */
import { migrateCatalog } from '../catalog/migrate-catalog.js';
import { type Deployment, openDeployment } from './deployment.fixture.js';

describe('a deployment in good order', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await openDeployment();
  });
  afterAll(() => deployment.close());

  it('passes every check, without a remedy', async () => {
    const checks = await deployment.examine();
    expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
    for (const check of checks) {
      expect(Object.keys(check).sort()).toEqual(['detail', 'id', 'remedy', 'status']);
      expect(check.remedy).toBe('');
    }
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  });

  it('is left as it was', async () => {
    const { admin, prefix } = deployment;
    const state = async () => {
      const { rows } = await admin.query(
        `select array(select nspname::text || nspacl::text from pg_namespace order by 1) as schemas,
                array(select rolname::text from pg_roles where starts_with(rolname::text, $1) order by 1) as roles,
                array(select m.rolname || ' in ' || r.rolname from pg_auth_members a
                        join pg_roles m on m.oid = a.member join pg_roles r on r.oid = a.roleid
                       where starts_with(r.rolname::text, $1) order by 1) as memberships,
                array(select oid::regclass::text || relacl::text from pg_class
                       where relkind in ('r', 'S') order by 1) as tables`,
        [prefix],
      );
      return rows[0];
    };
    const before = await state();
    await deployment.examine();
    expect(await state()).toEqual(before);
  });

  it('is examined quickly without what grows with the number of tenants', async () => {
    const [all, quick] = [await deployment.examine(), await deployment.examine({ quick: true })];
    const ids = new Set(quick.map(({ id }) => id));
    expect(all.map(({ id }) => id).filter((id) => !ids.has(id))).toEqual([
      'rows.shared',
      'schemas.crossings',
      'grants.stray',
      'grants.missing',
      'grants.defaults',
      'tenants.placements',
      'tenants.plans',
      'tenants.homes',
      'tenants.orphans',
    ]);
    expect(ids.has('pins.hold')).toBe(true);
  });

  it('is examined in every pin mode', async () => {
    const { examineOptions } = deployment;
    const checks = await deployment.examine({ app: { ...examineOptions.app, pin: 'session' } });
    expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
  });
});

describe('an examination', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await openDeployment();
  });
  afterAll(() => deployment.close());

  it('goes on after a check that cannot be made', async () => {
    const store = { list: () => Promise.reject(new Error('the store is away')) };
    const checks = await deployment.examine({ store });
    expect(checks.find(({ id }) => id === 'tenants.homes')).toMatchObject({
      status: 'fail',
      detail: 'The check could not be made: the store is away',
    });
    expect(checks.at(-1)).toMatchObject({ id: 'synthetic.leftovers', status: 'pass' });
  });

  it('reads the tenants from the catalog when it is given no store', async () => {
    const { admin, acme } = deployment;
    expect(await deployment.check('tenants.homes', { store: undefined })).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('no store was given'),
    });
    await migrateCatalog(admin);
    await admin.query(
      'insert into rowhouse.tenants (id, slug, name, status, isolation, placement, plan) values ($1, $2, $2, $3, $4, $5, $6)',
      [acme.id, acme.slug, 'active', 'schema', 'default', 'free'],
    );
    expect(await deployment.check('tenants.homes', { store: undefined })).toMatchObject({ status: 'pass' });
    expect(await deployment.check('tenants.orphans', { store: undefined })).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining(deployment.globex.schema),
    });
  });

  it.each(['app', 'owner'] as const)('says which login cannot connect: %s', async (login) => {
    const { examineOptions } = deployment;
    const nowhere = 'postgres://nobody:secret@127.0.0.1:1/nothing';
    const changes =
      login === 'app'
        ? { app: { ...examineOptions.app, connectionString: nowhere } }
        : { owner: { url: nowhere } };
    const failure: Error & { login?: string } = await deployment.examine(changes).then(
      () => new Error('It connected.'),
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 'DATABASE_UNREACHABLE', login });
    expect(failure.message).not.toContain('secret');
  });

  it('names ten offenders and counts the others', async () => {
    const { admin } = deployment;
    const tables = Array.from({ length: 13 }, (_, n) => `public.open_${String(n).padStart(2, '0')}`);
    await admin.query(tables.map((table) => `create table ${table} (tenant_id uuid)`).join(';'));
    const check = await deployment.check('rows.enforced');
    await admin.query(tables.map((table) => `drop table ${table}`).join(';'));
    expect(check?.detail).toMatch(/\(13: public\.open_00, .*public\.open_09, and 3 more\)$/);
  });
});
