import { type Tenant, TenantContext } from '@rowhouse/core';
import { z } from 'zod';
import { until } from '../../../../test/support/until.js';
import { DECLARATION, keysOf, openCatalog, type Settings } from './settings.fixture.js';

let fleet: Awaited<ReturnType<typeof openCatalog>>;
let acme: Tenant;
let count = 0;
beforeAll(async () => {
  fleet = await openCatalog();
});
beforeEach(async () => {
  count += 1;
  acme = await fleet.tenant(`acme-${count}`);
});
afterAll(() => fleet.close());

describe('the settings in force', () => {
  it('are the overrides of the tenant over the defaults, with secrets in clear text and typed', async () => {
    const { store, settings } = await fleet.instance();
    await store.patch(acme.id, { theme: 'dark', smtp: { password: 'secret' } });
    const found: Settings = await TenantContext.run(acme, () => settings.get());
    expect(found).toEqual({ theme: 'dark', smtp: { port: 25, password: 'secret', token: '' } });
    expect(Object.isFrozen(found.smtp)).toBe(true);
  });

  it('need a tenant that there is', async () => {
    const { settings } = await fleet.instance();
    await expect(settings.get()).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    for (const id of ['00000000-0000-4000-8000-000000000000', 'acme'])
      await expect(settings.getFor(id)).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  });

  it('are read once, however many ask', async () => {
    const { settings, statements } = await fleet.instance();
    await Promise.all(Array.from({ length: 10 }, () => settings.getFor(acme.id)));
    for (let index = 0; index < 10; index += 1) await settings.getFor(acme.id);
    expect(statements).toHaveLength(1);
  });

  it('are held of so many tenants as there is room for; those asked for last stay', async () => {
    const { settings, statements } = await fleet.instance(DECLARATION, { max: 2 });
    const [globex, initech] = [await fleet.tenant(`g-${count}`), await fleet.tenant(`i-${count}`)];
    for (const { id } of [acme, globex, acme, initech, acme]) await settings.getFor(id);
    expect(statements).toHaveLength(3);
    await settings.getFor(globex.id);
    expect(statements).toHaveLength(4);
  });

  it('change at once where the change is made, and soon at another instance', async () => {
    const [one, other] = [await fleet.instance(), await fleet.instance()];
    await Promise.all([one, other].map(({ settings }) => settings.getFor(acme.id)));
    await one.store.patch(acme.id, { theme: 'dark' });
    expect((await one.settings.getFor(acme.id)).theme).toBe('dark');
    await until(async () => (await other.settings.getFor(acme.id)).theme === 'dark');
  });

  it('change after the connection for notifications was lost', async () => {
    const [one, other] = [await fleet.instance(), await fleet.instance()];
    await other.settings.getFor(acme.id);
    await fleet.catalog.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'rowhouse-listener' and datname = current_database()`,
    );
    await one.store.patch(acme.id, { theme: 'dark' });
    await until(async () => (await other.settings.getFor(acme.id)).theme === 'dark');
  });

  it('change after their time where changes are not heard', async () => {
    const [one, deaf] = [
      await fleet.instance(),
      await fleet.instance(DECLARATION, { isListening: false, ttlMs: 50 }),
    ];
    await deaf.settings.getFor(acme.id);
    await one.store.patch(acme.id, { theme: 'dark' });
    await until(async () => (await deaf.settings.getFor(acme.id)).theme === 'dark');
  });

  it('are read again when a change comes while they are read', async () => {
    const { settings, store } = await fleet.instance();
    for (let index = 0; index < 20; index += 1) {
      const theme = index % 2 === 0 ? 'dark' : 'light';
      await Promise.all([store.patch(acme.id, { theme }), settings.getFor(acme.id)]);
      expect((await settings.getFor(acme.id)).theme).toBe(theme);
    }
  });

  it('are gone with the tenant', async () => {
    const { store, settings } = await fleet.instance();
    await store.patch(acme.id, { theme: 'dark', smtp: { token: 'secret' } });
    await fleet.catalog.query('delete from rowhouse.tenants where id = $1', [acme.id]);
    settings.invalidate();
    await expect(settings.getFor(acme.id)).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    for (const change of [
      () => store.patch(acme.id, {}),
      () => store.unset(acme.id, []),
      () => store.restore(acme.id, 0),
    ])
      await expect(change()).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  });
});

describe('overrides that do not fit a newer schema', () => {
  const newer = {
    ...DECLARATION,
    schema: z.object({
      theme: z.enum(['light', 'blue']).default('light'),
      smtp: z
        .object({
          port: z.int().max(100).default(25),
          password: z.string().max(3).default(''),
          token: z.string().default(''),
        })
        .prefault({})
        .refine(({ token, password }) => token === '' || password !== '', { path: ['token'] }),
    }),
  };

  beforeEach(async () => {
    const { store } = await fleet.instance();
    await store.patch(acme.id, { theme: 'dark', smtp: { port: 50, password: 'too long', token: 't' } });
  });

  it('fall back to the default, field by field, with one warning each that shows no secret', async () => {
    const { settings, warnings } = await fleet.instance(newer);
    for (let index = 0; index < 3; index += 1) {
      settings.invalidate();
      // Without the password the token does not fit either.
      expect(await settings.getFor(acme.id)).toEqual({
        theme: 'light',
        smtp: { port: 50, password: '', token: '' },
      });
    }
    expect(warnings.map((text) => /in force: ([\w.]+)/.exec(text)?.[1])).toEqual([
      'theme',
      'smtp.password',
      'smtp.token',
    ]);
    expect(warnings.join()).not.toMatch(/too long|dark/);
  });

  it('can be taken back one by one, and hold up other changes until then', async () => {
    const { store } = await fleet.instance(newer);
    await expect(store.patch(acme.id, { smtp: { port: 60 } })).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      fields: [{ field: 'theme' }, { field: 'smtp.password' }],
    });
    await store.unset(acme.id, ['theme']);
    await expect(store.restore(acme.id, 1)).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
    await store.unset(acme.id, ['smtp.password', 'smtp.token']);
    expect((await store.patch(acme.id, { smtp: { port: 60 } })).overrides).toEqual({ smtp: { port: 60 } });
  });

  it('are left out when the schema has the setting no more', async () => {
    const { settings, store, warnings } = await fleet.instance({
      schema: z.object({ seats: z.int().default(1) }),
    });
    expect(await settings.getFor(acme.id).catch((error: Error) => error)).toMatchObject({
      code: 'SETTINGS_UNREADABLE',
    });
    await store.patch(acme.id, { smtp: null, theme: null });
    expect(await settings.getFor(acme.id)).toEqual({ seats: 1 });
    expect(warnings).toEqual([]);
  });
});

it('a field that becomes a secret is masked from then on, and encrypted with the next change', async () => {
  const before = await fleet.instance({ ...DECLARATION, secrets: [] });
  await before.store.patch(acme.id, { smtp: { token: 'plain' } });
  const { store } = await fleet.instance({ ...DECLARATION, keys: keysOf('first') });
  expect(
    JSON.stringify([await store.read(acme.id), await store.history(acme.id, { limit: 9 })]),
  ).not.toContain('plain');
  await store.patch(acme.id, { theme: 'dark' });
  const { rows } = await fleet.catalog.query(
    'select s::text as text from rowhouse.tenant_settings s where s.tenant_id = $1',
    [acme.id],
  );
  expect(rows[0].text).not.toContain('plain');
});
