import type { Tenant } from '@rowhouse/core';
import { type EncryptionKeys, localKeys } from '@rowhouse/core/internal';
import { until } from '../../../../test/support/until.js';
import { rotateKeys } from './key-rotation.js';
import { DECLARATION, keysOf, openCatalog } from './settings.fixture.js';
import { checkSettings } from './settings-check.js';

let fleet: Awaited<ReturnType<typeof openCatalog>>;
let acme: Tenant;
let globex: Tenant;
beforeEach(async () => {
  fleet = await openCatalog();
  [acme, globex] = [await fleet.tenant('acme'), await fleet.tenant('globex')];
});
afterEach(() => fleet.close());

const withKeys = (keys: EncryptionKeys) => fleet.instance({ ...DECLARATION, keys });

describe('secrets', () => {
  it('are not read with another key of the same id, nor without the key', async () => {
    const { store } = await fleet.instance();
    await store.patch(acme.id, { theme: 'dark', smtp: { password: 'secret' } });
    const wrong = localKeys([{ id: 'first', secret: Buffer.alloc(32, 9).toString('base64') }]);
    for (const keys of [wrong, keysOf('second')]) {
      const other = await withKeys(keys);
      await expect(other.settings.getFor(acme.id)).rejects.toMatchObject({
        code: 'SETTINGS_UNREADABLE',
        status: 500,
        paths: ['smtp.password'],
      });
      // The rest can be looked at, and nothing is written over.
      expect(await other.store.read(acme.id)).toMatchObject({ effective: { theme: 'dark' } });
      await expect(other.store.patch(acme.id, { smtp: { token: 't' } })).rejects.toMatchObject({
        code: 'SETTINGS_UNREADABLE',
      });
    }
  });

  it('whose key is lost can be set anew', async () => {
    const { store } = await fleet.instance();
    await store.patch(acme.id, { smtp: { password: 'secret' } });
    const other = await withKeys(keysOf('second'));
    await other.store.patch(acme.id, { smtp: { password: 'another' } });
    expect((await other.settings.getFor(acme.id)).smtp.password).toBe('another');
  });

  it('are refused when they are moved to another tenant or another field', async () => {
    const { store, settings } = await fleet.instance();
    await store.patch(acme.id, { smtp: { password: 'secret', token: 'token' } });
    await store.patch(globex.id, { smtp: { password: 'other' } });
    await fleet.catalog.query(
      `update rowhouse.tenant_settings g set secrets = a.secrets, key_id = a.key_id, data_key = a.data_key
         from rowhouse.tenant_settings a where g.tenant_id = $2 and a.tenant_id = $1`,
      [acme.id, globex.id],
    );
    await fleet.catalog.query(
      `update rowhouse.tenant_settings set secrets = jsonb_build_object(
          'smtp.password', secrets -> 'smtp.token', 'smtp.token', secrets -> 'smtp.password') where tenant_id = $1`,
      [acme.id],
    );
    settings.invalidate();
    for (const { id } of [acme, globex])
      await expect(settings.getFor(id)).rejects.toMatchObject({
        code: 'SETTINGS_UNREADABLE',
        paths: expect.arrayContaining(['smtp.token', 'smtp.password']),
      });
    const { misfits } = await checkSettings(fleet.catalog, store.shape);
    expect(misfits.map(({ slug, path, problem }) => `${slug} ${path} ${problem}`).sort()).toEqual(
      ['acme', 'globex'].flatMap((slug) =>
        ['smtp.password', 'smtp.token'].map((path) => `${slug} ${path} cannot be decrypted`),
      ),
    );
  });

  it.each(['', 'short', Buffer.alloc(31).toString('base64'), 'not base64 !'])(
    'take no key such as %j, which is not shown',
    (secret) => {
      expect(() => localKeys([{ id: 'a', secret }])).toThrow('expected 32 bytes in base64');
      if (secret) expect(() => localKeys([{ id: 'a', secret }])).not.toThrow(secret);
    },
  );
});

describe('a key management service', () => {
  /** Answers when it is told to. */
  function slowKeys() {
    const keys = keysOf('first', 'second');
    const waiting: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => waiting.push(resolve));
    let isSlow = false;
    return {
      keys: {
        current: keys.current,
        encrypt: async (id: string, bytes: Uint8Array) => {
          if (isSlow) await wait();
          return keys.encrypt(id, bytes);
        },
        decrypt: async (id: string, bytes: Uint8Array) => {
          if (isSlow) await wait();
          return keys.decrypt(id, bytes);
        },
      } satisfies EncryptionKeys,
      isAsked: () => waiting.length > 0,
      answer: () => waiting.shift()?.(),
      slowDown: (slow: boolean) => {
        isSlow = slow;
      },
    };
  }

  it('that does not answer keeps no connection and no lock of the catalog', async () => {
    const service = slowKeys();
    const { store, catalog } = await withKeys(service.keys);
    await store.patch(acme.id, { smtp: { password: 'one' } });
    service.slowDown(true);
    const changing = store.patch(acme.id, { smtp: { password: 'two' }, theme: 'dark' }, { check: () => {} });
    let isOver = false;
    const ended = changing.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      if (service.isAsked()) {
        const { rows } = await catalog.query(
          `select count(*)::int as open from pg_stat_activity
            where datname = current_database() and state = 'idle in transaction'`,
        );
        expect(rows).toEqual([{ open: 0 }]);
        service.answer();
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await ended).toMatchObject({ version: 2, effective: { theme: 'dark' } });
    service.slowDown(false);
    const { settings } = await withKeys(keysOf('first'));
    expect((await settings.getFor(acme.id)).smtp.password).toBe('two');
  });

  it('is asked for one data key, however often and by how many the secret is set', async () => {
    const { store } = await fleet.instance();
    const [one, other] = [await fleet.instance(), await fleet.instance()];
    const set = (by: typeof one, password: string) => by.store.patch(acme.id, { smtp: { password } });
    await Promise.all(Array.from({ length: 16 }, (_, n) => set(n % 2 ? one : other, String(n))));
    expect(await store.read(acme.id)).toMatchObject({ version: 16 });
  });

  it('is asked again when the data key is rotated meanwhile, and nothing is lost', async () => {
    const service = slowKeys();
    const { store } = await withKeys(service.keys);
    await store.patch(acme.id, { smtp: { password: 'one', token: 'kept' } });
    service.slowDown(true);
    const changing = store.patch(acme.id, { smtp: { password: 'two' } });
    await until(service.isAsked);
    expect(await rotateKeys(fleet.catalog, keysOf('second', 'first'))).toMatchObject({ rotated: 1 });
    service.slowDown(false);
    service.answer();
    expect(await changing).toMatchObject({ version: 2 });
    const { settings } = await withKeys(keysOf('second'));
    expect((await settings.getFor(acme.id)).smtp).toMatchObject({ password: 'two', token: 'kept' });
  });
});

describe('the rotation of keys', () => {
  const keyIds = async () => {
    const { rows } = await fleet.catalog.query<{ key_id: string }>(
      'select key_id from rowhouse.tenant_settings where key_id is not null',
    );
    return rows.map(({ key_id }) => key_id).sort();
  };

  it('goes on where it was interrupted', async () => {
    const tenants = [acme, globex, await fleet.tenant('initech')];
    const { store } = await fleet.instance();
    for (const { id, slug } of tenants) await store.patch(id, { smtp: { password: slug } });
    const keys = keysOf('second', 'first');
    const stop = new AbortController();
    const interrupted = rotateKeys(fleet.catalog, keys, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(await interrupted).toMatchObject({ rotated: 1, isComplete: false });
    expect(await keyIds()).toEqual(['first', 'first', 'second']);
    // Both are read meanwhile.
    const { settings } = await withKeys(keys);
    for (const { id, slug } of tenants) expect((await settings.getFor(id)).smtp.password).toBe(slug);
    const progress: unknown[] = [];
    expect(await rotateKeys(fleet.catalog, keys, { onProgress: (one) => progress.push(one) })).toEqual({
      current: 'second',
      rotated: 2,
      isComplete: true,
      failed: [],
    });
    expect(progress).toEqual([
      { done: 1, total: 2 },
      { done: 2, total: 2 },
    ]);
    const after = await withKeys(keysOf('second'));
    for (const { id, slug } of tenants) expect((await after.settings.getFor(id)).smtp.password).toBe(slug);
    expect((await after.store.read(acme.id)).version).toBe(1);
    expect(await rotateKeys(fleet.catalog, keys)).toMatchObject({ rotated: 0 });
  });

  it('reports data keys that it cannot decrypt, and does the others', async () => {
    await (await withKeys(keysOf('lost'))).store.patch(acme.id, { smtp: { password: 'secret' } });
    await (await withKeys(keysOf('first'))).store.patch(globex.id, { smtp: { password: 'secret' } });
    const report = await rotateKeys(fleet.catalog, keysOf('second', 'first'));
    expect(report).toMatchObject({ rotated: 1, failed: [{ slug: 'acme', keyId: 'lost' }] });
    expect(await keyIds()).toEqual(['lost', 'second']);
  });

  it('loses no secret that is set while it runs', async () => {
    const { store } = await withKeys(keysOf('first', 'second'));
    await store.patch(acme.id, { smtp: { password: '0', token: '0' } });
    for (let index = 1; index < 15; index += 1) {
      const ids = index % 2 === 0 ? ['first', 'second'] : ['second', 'first'];
      const change =
        index % 3 === 0
          ? { smtp: { token: null, password: String(index) } }
          : { smtp: { password: String(index), token: 't' } };
      await Promise.all([store.patch(acme.id, change), rotateKeys(fleet.catalog, keysOf(...ids))]);
      const { settings } = await withKeys(keysOf('first', 'second'));
      expect((await settings.getFor(acme.id)).smtp.password).toBe(String(index));
    }
  });
});
