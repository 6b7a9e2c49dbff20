import { join } from 'node:path';
import { Catalog, type Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { until } from '../../../../../test/support/until.js';
import { migration, TransferDeployment } from '../../transfer.fixture.js';
import type { BackupOptions } from '../backup-options.js';
import { ROWS, SHOP } from '../backups.fixture.js';
import { TenantBackups } from '../tenant-backups.js';
import { type BackupProblem, BackupRunner } from './backup-runner.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NIGHTLY = { schedule: '0 3 * * *', spreadMinutes: 0 };
/** Of the next day: backups are made before it. */
const NOON = new Date(Math.ceil(Date.now() / DAY_MS) * DAY_MS + 12 * HOUR_MS);
const after = (ms: number) => new Date(NOON.getTime() + ms);

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([SHOP]);
  acme = await fleet.tenants.create({ slug: 'acme', plan: 'pro' });
  for (const text of ROWS) await deployment.query(fleet, acme, text);
});
afterEach(() => deployment.close());

const problems: BackupProblem[] = [];
beforeEach(() => void problems.splice(0));

function open(options: Partial<BackupOptions> = {}, on = fleet) {
  const backups = new TenantBackups(on, { storage: join(deployment.folder, 'b'), ...NIGHTLY, ...options });
  const runner = new BackupRunner(backups, { onProblem: (problem) => problems.push(problem) });
  return { backups, runner };
}

const slugs = async (backups: TenantBackups) => (await backups.list()).backups.map(({ slug }) => slug).sort();
const dueAt = async () =>
  (
    await deployment.catalog.query(
      'select t.slug, s.due_at as at from rowhouse.backup_schedule s join rowhouse.tenants t on t.id = s.tenant_id order by 1',
    )
  ).rows;

describe('the schedule', () => {
  it('backs each tenant up when its time has come, once', async () => {
    const { backups, runner } = open();
    await fleet.tenants.create({ slug: 'globex' });
    expect((await runner.runDue({ now: NOON })).backedUp).toEqual([]);
    expect((await runner.runDue({ now: after(14 * HOUR_MS) })).backedUp).toEqual([]);
    expect([...(await runner.runDue({ now: after(15 * HOUR_MS) })).backedUp].sort()).toEqual([
      'acme',
      'globex',
    ]);
    expect((await runner.runDue({ now: after(15 * HOUR_MS) })).backedUp).toEqual([]);
    expect(await slugs(backups)).toEqual(['acme', 'globex']);
    expect((await backups.list()).backups.every(({ kind }) => kind === 'scheduled')).toBe(true);
    expect((await runner.runDue({ now: after(15 * HOUR_MS + DAY_MS) })).backedUp).toHaveLength(2);
  });

  it('runs once what was missed for days', async () => {
    const { runner } = open();
    await runner.runDue({ now: NOON });
    expect((await runner.runDue({ now: after(9 * DAY_MS) })).backedUp).toEqual(['acme']);
    expect((await runner.runDue({ now: after(9 * DAY_MS) })).backedUp).toEqual([]);
    expect(await dueAt()).toEqual([{ slug: 'acme', at: after(9 * DAY_MS + 15 * HOUR_MS) }]);
  });

  it('is done by one of two processes, each task once', async () => {
    for (let n = 0; n < 8; n += 1) await fleet.tenants.create({ slug: `t${n}` });
    const catalog = new Catalog({ url: deployment.login.ownerUrl });
    const other = await deployment.fleet([SHOP], catalog);
    const [one, two] = [open(), open({}, other)];
    await one.runner.runDue({ now: NOON });
    const now = after(DAY_MS);
    const reports = await Promise.all([one.runner.runDue({ now }), two.runner.runDue({ now })]);
    expect(problems).toEqual([]);
    const all = ['acme', 't0', 't1', 't2', 't3', 't4', 't5', 't6', 't7'];
    expect(reports.flatMap(({ backedUp }) => backedUp).sort()).toEqual(all);
    expect(await slugs(one.backups)).toEqual(all);
  });

  it('is of the plan, or of the tenant', async () => {
    for (const [slug, plan] of [
      ['a', 'free'],
      ['b', 'pro'],
      ['c', 'basic'],
    ] as const)
      await fleet.tenants.create({ slug, plan });
    const { runner } = open({
      plans: { pro: { schedule: '0 * * * *' }, free: { schedule: false } },
      tenants: { acme: { schedule: '0 13 * * *' } },
    });
    await runner.runDue({ now: NOON });
    expect(await dueAt()).toEqual([
      { slug: 'acme', at: after(HOUR_MS) },
      { slug: 'b', at: after(HOUR_MS) },
      { slug: 'c', at: after(15 * HOUR_MS) },
    ]);
    await fleet.tenants.update('b', { plan: 'free' });
    await fleet.tenants.update('a', { plan: 'pro' });
    await fleet.tenants.suspend('acme');
    await fleet.tenants.archive('c');
    const report = await runner.runDue({ now: after(2 * HOUR_MS) });
    expect([...report.backedUp].sort()).toEqual(['acme']);
    expect((await dueAt()).map(({ slug }) => slug)).toEqual(['a', 'acme']);
  });

  it('means another time in another time zone, and after a change', async () => {
    await open().runner.runDue({ now: NOON });
    await open({ timeZone: 'Asia/Tokyo' }).runner.runDue({ now: NOON });
    expect(await dueAt()).toEqual([{ slug: 'acme', at: after(6 * HOUR_MS) }]);
    await open({ schedule: false }).runner.runDue({ now: NOON });
    expect(await dueAt()).toEqual([]);
  });

  it('tries what failed again, later each time, and reports it', async () => {
    await open().runner.runDue({ now: NOON });
    const broken = open({ storage: join('/dev/null', 'folder') });
    let now = after(DAY_MS);
    for (const minutes of [5, 10, 20]) {
      const { problems: found } = await broken.runner.runDue({ now });
      expect(found.filter(({ did }) => did === 'backup')).toMatchObject([
        { tenant: 'acme', error: { code: 'BACKUP_STORAGE_FAILED' } },
      ]);
      const [{ at }] = (await dueAt()) as [{ at: Date }];
      expect(at.getTime() - now.getTime()).toBe(minutes * 60_000);
      now = at;
    }
    expect((await open().runner.runDue({ now })).backedUp).toEqual(['acme']);
    expect((await broken.backups.list()).backups.map(({ state }) => state)).toEqual([
      'complete',
      'failed',
      'failed',
      'failed',
    ]);
  });

  it('does not stop at a tenant whose home is lost, and keeps what it has of it', async () => {
    const lost = await fleet.tenants.create({ slug: 'aaa' });
    const { backups, runner } = open({ concurrency: 1, keep: { daily: 1 } });
    await runner.runDue({ now: NOON });
    await runner.runDue({ now: after(DAY_MS) });
    await deployment.asOwner(
      fleet,
      lost,
      'drop table tenant_aaa.products, tenant_aaa.visits, tenant_aaa."Weird Name"',
    );
    const report = await runner.runDue({ now: after(2 * DAY_MS) });
    expect(report.backedUp).toEqual(['acme']);
    expect(report.problems).toMatchObject([{ tenant: 'aaa', error: { code: 'EXPORT_REFUSED' } }]);
    const { backup } = await backups.restoreAt('aaa', new Date(), { slug: 'bbb' });
    expect(backup).toMatchObject({ state: 'complete', tables: 3 });
  });

  it('proves what is not proven, and reports what cannot be', async () => {
    const { backups, runner } = open({ prove: '0 5 * * *' });
    const { id } = await backups.backup(acme);
    await runner.runDue({ now: NOON });
    expect((await runner.runDue({ now: after(DAY_MS) })).proven).toHaveLength(1);
    // The one of the schedule has the same file.
    expect((await backups.find(id)).provenAt).toEqual(expect.any(Date));
    const [unproven] = (await backups.list()).backups;
    await deployment.query(fleet, acme, "insert into products (name) values ('more')");
    const next = await backups.backup(acme);
    const impossible = migration('Impossible1757000000002', [
      'alter table products add check (price > 1000)',
    ]);
    const newer = open({ prove: '0 5 * * *' }, await deployment.fleet([SHOP, impossible]));
    const report = await newer.runner.runDue({ now: after(2 * DAY_MS) });
    expect(report.problems).toMatchObject([{ did: 'prove' }]);
    expect(unproven?.state).toBe('complete');
    expect((await backups.find(next.id)).error).toMatch(/violated/);
  });

  it('removes what its retention does not keep, and never the last good backup', async () => {
    const { backups, runner } = open({ keep: { daily: 1 }, concurrency: 1 });
    const manual = await backups.backup(acme);
    await runner.runDue({ now: NOON });
    for (const day of [1, 2, 3]) {
      await deployment.query(fleet, acme, `insert into visits (page) values ('${day}')`);
      await runner.runDue({ now: after(day * DAY_MS) });
    }
    const left = (await backups.list()).backups;
    expect(left.filter(({ kind }) => kind === 'scheduled').length).toBe(1);
    expect(left.map(({ id }) => id)).toContain(manual.id);
    for (const { id } of left) expect((await backups.verify(id)).state).toBe('complete');
    await backups.prune();
    expect((await backups.list()).backups.map(({ kind }) => kind)).toEqual(['scheduled', 'manual']);
  });

  it('runs by itself until it is closed, which ends what is under way', async () => {
    const { backups, runner } = open({ schedule: '* * * * *' });
    await runner.runDue({ now: new Date(Date.now() - HOUR_MS) });
    runner.start();
    await until(async () => (await backups.list()).backups.some(({ state }) => state === 'complete'));
    await runner.close();
    expect(problems).toEqual([]);
  });
});

it.each([
  [{ schedule: 'soon' }, 'schedule: expected five fields of cron'],
  [{ keep: {} }, 'keep: expected to keep at least one backup'],
  [{ timeZone: 'Mars/Olympus' }, 'timeZone: expected an IANA time zone'],
  [{ plans: { pro: { schedule: '* *' } } }, 'plans.pro.schedule: expected five fields'],
  [{ storage: {} as never }, 'storage: expected a folder'],
  [{ concurrency: 0 }, 'concurrency: '],
  [{ nonsense: 1 } as object, 'nonsense'],
])('refuses %j', (options, message) => {
  expect(() => open(options)).toThrow(message);
});
