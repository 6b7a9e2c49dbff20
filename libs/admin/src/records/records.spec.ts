import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Tenant } from '@rowhouse/core';
import { importInto, importTenant, type RecordKind, TenantBackups, verifyArchive } from '@rowhouse/transfer';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { TenantSettings } from '../settings/tenant-settings.js';
import { RecordsDeployment } from './records.fixture.js';

const ALL: readonly RecordKind[] = ['settings', 'domains', 'members', 'overrides'];
const PENDING = [
  { domain: 'new.acme.com', status: 'pending' },
  { domain: 'shop.acme.com', status: 'pending' },
];

let open: RecordsDeployment;
let acme: Tenant;
let identity: string;
let recipient: string;
beforeEach(async () => {
  open = await RecordsDeployment.open();
  acme = await open.create('acme');
  await open.furnish(acme);
  identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
});
afterEach(() => open.close());

const encrypted = () => open.archive(acme, ALL, { recipients: [recipient] });
const bring = (path: string, given = {}, include: readonly RecordKind[] = ALL) =>
  importTenant(
    open.fleet,
    path,
    { slug: 'copy', ...given },
    { include, records: open.records, identities: [identity], by: { type: 'operator', id: 'ada' } },
  );
const add = (path: string, to: string, options = {}, include: readonly RecordKind[] = ALL) =>
  importInto(open.fleet, path, to, options, {
    include,
    records: open.records,
    identities: [identity],
    by: { type: 'operator', id: 'ada' },
  });
const actionsOf = async ({ id }: Tenant) =>
  (
    await open.catalog.query(
      `select distinct action from rowhouse.audit_pending where tenant_id = $1
       union select distinct action from rowhouse.audit_entries where tenant_id = $1 order by 1`,
      [id],
    )
  ).rows.map(({ action }) => action);

describe('a new tenant of an archive', () => {
  it.each(['schema', 'row', 'database'] as const)(
    'has settings, domains, members and overrides, with isolation %s',
    async (isolation) => {
      await open.services.domains.remove(acme.id, 'shop.acme.com');
      await open.services.domains.add(acme.id, 'shop.acme.com');
      const { tenant, records } = await bring(await encrypted(), { isolation });
      expect(records).toEqual([
        { kind: 'settings', written: 2, same: 0, skipped: 0, leftOut: [] },
        { kind: 'domains', written: 2, same: 0, skipped: 0, leftOut: [] },
        { kind: 'members', written: 2, same: 0, skipped: 0, leftOut: [] },
        { kind: 'overrides', written: 1, same: 0, skipped: 0, leftOut: [] },
      ]);
      expect(await open.recordsOf(tenant)).toEqual(await open.recordsOf(acme));
      expect(await actionsOf(tenant)).toEqual(
        expect.arrayContaining([
          'domain.added',
          'member.added',
          'settings.changed',
          'tenant.created',
          'tenant.updated',
        ]),
      );
    },
  );

  it('can decrypt its secrets, under a key of its own', async () => {
    const { tenant } = await bring(await encrypted());
    const { rows } = await open.catalog.query(
      'select secrets, data_key from rowhouse.tenant_settings where tenant_id = any ($1)',
      [[acme.id, tenant.id]],
    );
    expect(rows[0].secrets).not.toEqual(rows[1].secrets);
    const inForce = new TenantSettings(open.catalog, open.services.settings);
    expect(await inForce.getFor(tenant.id)).toMatchObject({ smtp: { password: 'secret of acme' } });
  });

  it('has nothing that is not asked for', async () => {
    const path = await encrypted();
    const { tenant, records } = await bring(path, {}, []);
    expect(records).toEqual([]);
    expect(await open.recordsOf(tenant)).toEqual({ settings: {}, domains: [], members: [], overrides: {} });
    const { tenant: other } = await bring(path, { slug: 'other' }, ['members']);
    expect(await open.recordsOf(other)).toEqual({
      settings: {},
      domains: [],
      members: (await open.recordsOf(acme)).members,
      overrides: {},
    });
  });

  it('gets no domain that another tenant has proven, and no proof', async () => {
    const { tenant, records } = await bring(await encrypted());
    expect(records[1]).toEqual({
      kind: 'domains',
      written: 1,
      same: 0,
      skipped: 0,
      leftOut: ['shop.acme.com'],
    });
    expect((await open.recordsOf(tenant)).domains).toEqual([PENDING[0]]);
    // The record of the one that proved it is still in DNS.
    await open.services.domains.remove(acme.id, 'shop.acme.com');
    const { domain, status } = await open.services.domains.add(tenant.id, 'shop.acme.com');
    expect({ domain, status }).toEqual(PENDING[1]);
    expect(await open.services.domains.verify(tenant.id, 'shop.acme.com')).toMatchObject({
      status: 'pending',
      failure: 'other-value',
    });
  });

  it('is not made when its records cannot be written', async () => {
    const path = await encrypted();
    await open.catalog.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'no members today'; end $$`,
    );
    await open.catalog.query(
      'create trigger refuse before insert on rowhouse.members execute function refuse()',
    );
    await expect(bring(path)).rejects.toThrow('no members today');
    await expect(open.fleet.tenants.find('copy')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    const { rows } = await open.catalog.query(
      'select count(*)::int as n from rowhouse.tenant_settings s where s.tenant_id <> $1',
      [acme.id],
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
});

describe('an archive that is not encrypted', () => {
  it('has no secret, and says so', async () => {
    const path = await open.archive(acme, ALL);
    expect(gunzipSync(await readFile(path)).includes('secret of')).toBe(false);
    expect((await verifyArchive(path)).records.settings).toEqual({
      overrides: { theme: 'of acme' },
      leftOut: ['smtp.password'],
    });
    const { tenant, records } = await bring(path);
    expect(records[0]).toEqual({
      kind: 'settings',
      written: 1,
      same: 0,
      skipped: 0,
      leftOut: ['smtp.password'],
    });
    expect((await open.recordsOf(tenant)).settings).toEqual({ theme: 'of acme' });
  });

  it('has none that was stored before it was a secret either', async () => {
    await open.catalog.query(
      `update rowhouse.tenant_settings
          set overrides = '{"smtp": {"password": "in clear"}}', secrets = '{}', key_id = null, data_key = null
        where tenant_id = $1`,
      [acme.id],
    );
    const path = await open.archive(acme, ['settings']);
    expect((await verifyArchive(path)).records).toEqual({
      settings: { overrides: {}, leftOut: ['smtp.password'] },
    });
  });
});

describe('a tenant that is there', () => {
  let globex: Tenant;
  beforeEach(async () => {
    globex = await open.create('globex', 'row');
  });

  it('gets what it does not have, all or nothing', async () => {
    const path = await encrypted();
    const before = await open.recordsOf(globex);
    await expect(add(path, 'globex')).rejects.toMatchObject({
      code: 'TRANSFER_CONFLICT',
      message: expect.stringContaining('shop.acme.com'),
    });
    expect(await open.recordsOf(globex)).toEqual(before);
    expect(await open.query(globex, 'select text from notes')).toHaveLength(1);
    const { rows, records } = await add(path, 'globex', { onConflict: 'skip' });
    expect([rows, records.map(({ written }) => written)]).toEqual([1, [2, 1, 2, 1]]);
    expect(await open.recordsOf(globex)).toEqual({ ...(await open.recordsOf(acme)), domains: [PENDING[0]] });
    expect(await open.query(globex, 'select text from notes')).toHaveLength(2);
    const again = await add(path, 'globex', { onConflict: 'skip' });
    expect(again.records.map(({ written, same }) => [written, same])).toEqual([
      // The secret is not compared.
      [0, 1],
      [0, 1],
      [0, 2],
      [0, 1],
    ]);
  });

  it('is only looked at by a dry run', async () => {
    const before = await open.recordsOf(globex);
    const actions = await actionsOf(globex);
    const { records } = await add(await encrypted(), 'globex', { onConflict: 'skip', dryRun: true });
    expect(records.map(({ written }) => written)).toEqual([2, 1, 2, 1]);
    expect(await open.recordsOf(globex)).toEqual(before);
    expect(await actionsOf(globex)).toEqual(actions);
  });

  it('keeps its own, or gets others in their place, as is asked', async () => {
    const path = await open.archive(acme, ['settings', 'members', 'overrides'], { recipients: [recipient] });
    const kinds: readonly RecordKind[] = ['settings', 'members', 'overrides'];
    const { settings, members, plans } = open.services;
    await settings.patch(globex.id, { theme: 'its own', smtp: { host: 'its.own', password: 'its own' } });
    await plans.override(globex.id, { quotas: { seats: 5 }, features: { sso: false } });
    const ada = await members.add(globex.id, {
      issuer: 'https://id.example.com',
      subject: 'ada@acme',
      email: 'ada@home.com',
      roles: ['owner'],
    });
    for (const onConflict of ['fail', 'remap'])
      await expect(add(path, 'globex', { onConflict }, kinds)).rejects.toMatchObject({
        code: 'TRANSFER_CONFLICT',
      });

    const skipped = await add(path, 'globex', { onConflict: 'skip' }, kinds);
    expect(skipped.records.map(({ written, skipped }) => [written, skipped])).toEqual([
      [0, 2],
      [1, 1],
      [0, 1],
    ]);
    expect(await members.find(globex.id, ada.id)).toMatchObject({ email: 'ada@home.com' });
    expect((await open.recordsOf(globex)).overrides).toEqual({
      quotas: { seats: 5 },
      features: { sso: false },
    });

    const written = await add(path, 'globex', { onConflict: 'overwrite' }, kinds);
    expect(written.records.map(({ written, same }) => [written, same])).toEqual([
      [2, 0],
      [1, 1],
      [1, 0],
    ]);
    expect(await members.find(globex.id, ada.id)).toMatchObject({ email: 'ada@acme.com', name: 'Ada' });
    expect(await open.recordsOf(globex)).toMatchObject({
      settings: { theme: 'of acme', smtp: { host: 'its.own', password: null } },
      overrides: { quotas: { seats: 99 }, features: { sso: false } },
    });
  });

  it('does not say whether a secret is the same', async () => {
    const path = await open.archive(acme, ['settings'], { recipients: [recipient] });
    const outcomes: unknown[] = [];
    for (const password of ['secret of acme', 'another']) {
      await open.services.settings.patch(globex.id, { theme: 'of acme', smtp: { password } });
      for (const onConflict of ['fail', 'skip', 'overwrite'])
        outcomes.push(
          await add(path, 'globex', { onConflict, dryRun: true }, ['settings']).then(
            ({ records }) => records,
            ({ message }: Error) => message,
          ),
        );
    }
    expect(outcomes.slice(3)).toEqual(outcomes.slice(0, 3));
  });

  it('keeps its last owner', async () => {
    const eve = (await open.recordsOf(acme)).members.find(({ roles }) => roles.includes('member'));
    const { issuer = '', subject = '' } = eve ?? {};
    await open.services.members.add(globex.id, { issuer, subject, email: 'eve@home.com', roles: ['owner'] });
    await open.catalog.query(`delete from rowhouse.members where tenant_id = $1 and 'owner' = any (roles)`, [
      acme.id,
    ]);
    const before = await open.recordsOf(globex);
    const path = await open.archive(acme, ['members']);
    await expect(add(path, 'globex', { onConflict: 'overwrite' }, ['members'])).rejects.toMatchObject({
      code: 'LAST_OWNER',
    });
    expect(await open.recordsOf(globex)).toEqual(before);
    expect(await open.query(globex, 'select from notes')).toHaveLength(1);
  });

  it('keeps the proof of its own domains', async () => {
    const path = await open.archive(acme, ['domains']);
    await open.query(acme, 'delete from notes');
    const { records } = await add(path, 'acme', {}, ['domains']);
    expect(records).toEqual([{ kind: 'domains', written: 0, same: 2, skipped: 0, leftOut: [] }]);
    expect((await open.recordsOf(acme)).domains).toEqual([
      PENDING[0],
      { domain: 'shop.acme.com', status: 'verified' },
    ]);
  });
});

it('neither reads nor writes what is of a third tenant', async () => {
  const third = await open.create('third', 'row');
  await open.furnish(third);
  const before = await open.recordsOf(third);
  const path = await encrypted();
  const { records } = await verifyArchive(path, undefined, { identities: [identity] });
  expect(JSON.stringify(records)).not.toContain('third');
  await bring(path);
  await open.create('globex', 'row');
  await add(path, 'globex', { onConflict: 'overwrite' });
  expect(await open.recordsOf(third)).toEqual(before);
});

describe('backups', () => {
  const backupsOf = (options = {}) =>
    new TenantBackups(open.fleet, {
      storage: join(open.folder, 'backups'),
      records: open.records,
      ...options,
    });

  it('have them all, and so has what is restored', async () => {
    const backups = backupsOf({ archives: { recipients: [recipient], identities: [identity] } });
    const { id } = await backups.backup(acme);
    await backups.prove(id);
    const { tenant, records } = await backups.restore(id, { slug: 'restored' });
    expect(records.map(({ kind, written }) => [kind, written])).toEqual([
      ['settings', 2],
      ['domains', 1],
      ['members', 2],
      ['overrides', 1],
    ]);
    expect((await open.recordsOf(tenant)).members).toEqual((await open.recordsOf(acme)).members);
    const { records: some } = await backups.restore(id, { slug: 'some' }, { include: ['overrides'] });
    expect(some.map(({ kind }) => kind)).toEqual(['overrides']);
    const { records: none } = await backups.restore(id, { slug: 'rows-only' }, { include: [] });
    expect(none).toEqual([]);
  });

  it('are new files when a record is another one, and else are not', async () => {
    const backups = backupsOf();
    const keys = async () =>
      (await open.catalog.query('select count(distinct file_id)::int as n from rowhouse.backups')).rows[0].n;
    await backups.backup(acme);
    await backups.backup(acme);
    expect(await keys()).toBe(1);
    await open.services.settings.patch(acme.id, { smtp: { password: 'another' } });
    await backups.backup(acme);
    expect(await keys()).toBe(2);
    const [one] = await open.services.members.list(acme.id, { limit: 1 });
    await open.services.members.change(acme.id, one?.id ?? '', { name: 'Ada L.' });
    await backups.backup(acme);
    expect(await keys()).toBe(3);
  });

  it('without them can be restored where the app has some', async () => {
    const { id } = await backupsOf({ include: [] }).backup(acme);
    const { records } = await backupsOf().restore(id, { slug: 'restored' });
    expect(records).toEqual([]);
  });
});
