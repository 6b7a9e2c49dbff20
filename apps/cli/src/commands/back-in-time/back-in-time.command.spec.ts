import { setTimeout as delay } from 'node:timers/promises';
import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  await app.rowhouse('tenants create acme --plan pro');
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);
const titles = async (schema: string) =>
  (await app.admin.query(`select title from ${schema}.books order by 1`)).rows.map(({ title }) => title);

it('a tenant is rewound, compared, taken back, and that is undone', async () => {
  expect(await json('journal status acme')).toEqual({ slug: 'acme', isEnabled: false });
  expect(await app.rowhouse('rewind acme --at 00:00')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has no journal'),
  });
  expect((await app.rowhouse('journal enable acme')).stdout).toContain('Changes of acme are recorded since');
  await delay(5);
  const at = new Date().toISOString();
  await delay(5);
  await app.admin.query(`insert into tenant_acme.books (title) values ('New')`);
  expect(await json('journal status acme')).toMatchObject({ isEnabled: true, changes: 1 });

  const rewound = await app.rowhouse(`rewind acme --at ${at} --slug acme-then`);
  expect(rewound).toMatchObject({
    code: 0,
    stdout: `Tenant acme-then is suspended, with 1 row of 1 table as of ${at}.\n`,
  });
  const diff = await app.rowhouse('diff acme-then acme');
  expect(diff.code).toBe(1);
  expect(diff.stdout).toMatch(
    /^\+ books id=\d+ .*"New".*\nTABLE +ADDED +REMOVED +CHANGED\nbooks +1 +0 +0\n$/,
  );
  expect(await json('diff acme acme-then --keys-only')).toMatchObject({
    isEqual: false,
    changes: [{ table: 'books', kind: 'removed', key: { id: expect.any(String) } }],
  });

  expect(await app.rowhouse('take-back acme --from acme-then')).toMatchObject({ code: 2 });
  const taken = await app.rowhouse('take-back acme --from acme-then --table books --yes');
  expect(taken).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 row changed. rowhouse undo acme'),
  });
  expect(await app.rowhouse('diff acme acme-then')).toMatchObject({
    code: 0,
    stdout: 'All rows of 1 table are equal.\n',
  });
  expect(await app.rowhouse('undo acme')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Undo the last take back of acme?'),
  });
  expect((await app.rowhouse('undo acme --yes')).code).toBe(0);
  expect(await titles('tenant_acme')).toContain('New');
  expect(await app.rowhouse('undo acme --yes')).toMatchObject({ code: 1 });
  expect(await app.rowhouse('take-back acme --from acme-then --row books:4711 --yes')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Neither of the tenants has these rows: books:4711'),
  });

  expect(await json('journal prune acme --before 00:00')).toEqual({ slug: 'acme', deleted: 0 });
  expect((await app.rowhouse('journal disable acme')).code).toBe(2);
  expect((await app.rowhouse('journal disable acme --yes')).stdout).toBe('acme has no journal.\n');
  expect(await app.rowhouse('take-back acme --from acme-then --row books --yes')).toMatchObject({ code: 2 });

  const { entries } = await json('audit list --tenant acme');
  const audited = entries.filter(({ action }: { action: string }) => /^(journal|rows)\./.test(action));
  expect(audited.map(({ action }: { action: string }) => action)).toEqual([
    'journal.disabled',
    'journal.pruned',
    'rows.take_back_undone',
    'rows.taken_back',
    'journal.enabled',
  ]);
  for (const { actor } of audited)
    expect(actor).toEqual({ type: 'operator', id: expect.stringContaining('@') });
}, 60_000);
