import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, FIRST, openApp } from '../../app.fixture.js';

const SECOND = [
  'Isbn1700000001000',
  'alter table books add isbn text',
  'alter table books drop isbn',
] as const;
const PICKY = [
  'Titles1700000002000',
  "alter table books add constraint titled check (title <> 'Untitled')",
  'alter table books drop constraint titled',
] as const;

let app: App;
beforeAll(async () => {
  app = await openApp();
  for (const line of ['acme', 'globex', 'initech --plan pro', 'hooli']) {
    expect(await app.rowhouse(`tenants create ${line}`)).toMatchObject({ code: 0 });
  }
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);

describe('rowhouse migration', () => {
  it('status shows how many tenants are at which version', async () => {
    expect((await app.rowhouse('migration status')).stdout).toMatch(
      /^ISOLATION +VERSION +TENANTS\nschema +Books1700000000000 +4\n\n4 tenants, 0 behind; 1 migration\.\n$/,
    );
    app.writeMigrations([FIRST, SECOND]);
    const { code, stdout } = await app.rowhouse('migration status');
    expect(stdout).toMatch(/schema +Books1700000000000 +4 +1 pending/);
    expect(stdout).toMatch(/4 tenants, 4 behind; 2 migrations\.\n$/);
    expect(code).toBe(0);
  });

  it('needs a config', async () => {
    const { code, stderr } = await app.rowhouse('migration run', { cwd: '/' });
    expect(stderr).toContain('with `rowhouse init`');
    expect(code).toBe(2);
  });

  it('plan shows what a run would do, and with --sql how', async () => {
    expect((await app.rowhouse('migration plan')).stdout).toMatch(
      /^4 homes \(schema\) from Books1700000000000: acme, globex, hooli, initech\n {2}Isbn1700000001000\n/,
    );
    const { stdout } = await app.rowhouse('migration run --dry-run --tenant acme');
    expect(stdout).toContain('  -- Isbn1700000001000\n  alter table books add isbn text;\n');
    expect(stdout).toMatch(/1 home to migrate\.\n$/);
    expect(await json('migration plan --where plan=pro')).toMatchObject({
      total: 1,
      groups: [{ homes: ['initech'], names: ['Isbn1700000001000'] }],
    });
  });

  it('run migrates the selected tenants, then the others, then none', async () => {
    const first = await app.rowhouse('migration run --where plan=pro');
    expect(first.stdout).toMatch(/^Run [0-9a-f-]{36} succeeded: 1 done, 0 failed, 0 skipped, 0 left\.\n$/);
    const rest = await json('migration run --canary 5% --wave 50%');
    expect(rest).toMatchObject({ state: 'succeeded', total: 3, done: 3 });
    expect(await app.rowhouse('migration run')).toMatchObject({ code: 0, stdout: 'Nothing to do.\n' });
  });

  it('a run shows its progress as lines or as a bar', async () => {
    const plain = await app.rowhouse('migration revert --yes');
    expect(plain.stderr).toMatch(/^4 of 4 homes {2}.*\/s/m);
    const bar = await app.rowhouse('migration run', { isTTY: true });
    expect(bar.stderr).toContain('100% 4/4 homes');
  });

  it('revert asks on a terminal, and needs --yes without one', async () => {
    const refused = await app.rowhouse('migration revert --tenant acme');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('give --yes') });
    expect((await app.rowhouse('migration revert --tenant acme', { answer: '' })).code).toBe(2);
    const { code, stdout } = await app.rowhouse('migration revert --tenant acme', { answer: 'y' });
    expect(stdout).toMatch(/^Revert .* succeeded: 1 done/);
    expect(code).toBe(0);
    expect((await app.rowhouse('migration plan --down --tenant initech')).stdout).toContain(
      '1 home to revert',
    );
    expect((await app.rowhouse('migration run')).code).toBe(0);
  });

  it('reports a tenant that fails, and retry migrates it', async () => {
    await app.admin.query("insert into tenant_acme.books (title) values ('Untitled')");
    app.writeMigrations([FIRST, SECOND, PICKY]);
    const { code, stdout } = await app.rowhouse('migration run');
    expect(stdout).toMatch(/^✗ acme: .*titled/);
    expect(stdout).toMatch(/failed: 3 done, 1 failed, 0 skipped, 0 left\./);
    const [, id] = /rowhouse migration retry (\S+)\n$/.exec(stdout) ?? [];
    expect(code).toBe(1);

    const failed = await json('migration show --state failed');
    expect(failed).toMatchObject({ run: { id }, homes: [{ label: 'acme', state: 'failed' }] });
    expect((await app.rowhouse('migration show')).stdout).toMatch(/^acme +failed +1 /m);
    expect((await app.rowhouse('migration resume')).code).toBe(1);

    await app.admin.query("delete from tenant_acme.books where title = 'Untitled'");
    expect((await app.rowhouse(`migration retry ${id}`)).code).toBe(0);
  });

  it('runs lists the runs, latest first', async () => {
    const { runs } = await json('migration runs --limit 2');
    expect(runs).toHaveLength(2);
    expect(runs[0]).toMatchObject({ state: 'succeeded', total: 4 });
    expect((await app.rowhouse('migration runs')).stdout).toMatch(
      /^RUN +STARTED +DIRECTION +STATE +DONE +FAILED\n/,
    );
  });

  it('a run that is interrupted pauses, and is resumed', async () => {
    const { code, stdout } = await app.rowhouse('migration revert --yes --json', {
      signal: AbortSignal.abort(),
    });
    expect(JSON.parse(stdout)).toMatchObject({ state: 'paused', done: 0, pending: 4 });
    expect(code).toBe(1);
    expect(await json('migration resume')).toMatchObject({ state: 'succeeded', direction: 'down', done: 4 });
  });

  it.each([
    ['migration show 0190163d-8694-739b-aea5-966c26f8ad91', 'MIGRATION_RUN_NOT_FOUND'],
    ['migration cancel nonsense', 'MIGRATION_RUN_NOT_FOUND'],
    ['migration run --where status=asleep', 'OPTIONS_INVALID'],
    ['migration run --canary 200%', 'USAGE'],
    ['migration run --lock-timeout 2', 'USAGE'],
    ['migration run --concurrency 1000', 'OPTIONS_INVALID'],
    ['migration generate', 'UNUSABLE'],
    ['migration generate 1st', 'UNUSABLE'],
  ])('%s is refused with status 2', async (line, code) => {
    const answer = await app.rowhouse(`${line} --json`);
    expect(JSON.parse(answer.stdout)).toEqual({ error: { code, message: expect.any(String) } });
    expect(answer.code).toBe(2);
  });

  it('generate writes the missing migration once', async () => {
    app.write(
      'books.ts',
      `export const books: object = {
        name: 'Book',
        tableName: 'books',
        columns: {
          id: { type: 'int', primary: true, generated: 'increment' },
          title: { type: 'text' },
          shelf: { type: 'text', nullable: true },
        },
      };`,
    );
    app.writeMigrations([FIRST]);
    expect((await app.rowhouse('migration generate --check')).code).toBe(1);
    const dry = await app.rowhouse('migration generate AddShelf --dry-run');
    expect(dry.stdout).toMatch(/ALTER TABLE "books" ADD "shelf" text/);

    const { code, stdout } = await app.rowhouse('migration generate AddShelf --json');
    const { path, className } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(readdirSync(join(app.folder, 'src/migrations'))).toEqual([
      expect.stringMatching(/^\d{13}-add-shelf\.ts$/),
    ]);
    expect(readFileSync(path, 'utf8')).toContain(`class ${className} `);

    app.writeMigrations([FIRST, [className, 'alter table books add shelf text', '']]);
    const upToDate = await app.rowhouse('migration generate --check');
    expect(upToDate).toMatchObject({ code: 0, stdout: 'Entities and migrations agree.\n' });
  });
});
