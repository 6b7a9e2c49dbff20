import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Fleet } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';

const example = join(import.meta.dirname, '..');

/** The app of before, and of each step after it, each in a folder of its own. */
function statesOfTheApp(folder: string): string[] {
  const states = [join(folder, '0')];
  cpSync(join(example, 'before'), states[0] as string, { recursive: true });
  for (const [index, patch] of readdirSync(join(example, 'steps')).sort().entries()) {
    const state = join(folder, String(index + 1));
    cpSync(states[index] as string, state, { recursive: true });
    // In a folder of a repository, git would take the patch for one of the repository.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: folder };
    execFileSync('git', ['apply', join(example, 'steps', patch)], { cwd: state, env });
    states.push(state);
  }
  return states;
}

const contentOf = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));

describe('a single-tenant app, step by step', () => {
  let database: TestDatabase;
  let folder: string;
  let states: string[];
  let app: INestApplication;

  beforeAll(async () => {
    database = await createTestDatabase();
    process.env['DATABASE_URL'] = database.url;
    // Below the workspace, where packages are found.
    folder = mkdtempSync(join(example, 'test/.steps-'));
    states = statesOfTheApp(folder);
  });
  afterEach(() => app?.close());
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await database.drop();
  });

  async function start(step: number): Promise<void> {
    const { AppModule } = (await import(join(states[step] as string, 'app.module.ts'))) as {
      AppModule: Type;
    };
    app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
  }

  async function call(method: string, path: string, tenant?: string, body?: object) {
    const response = await fetch(new URL(path, await app.getUrl()), {
      method,
      headers: {
        ...(tenant && { 'x-tenant-id': tenant }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }
  const add = (customer: string, amountCents: number, tenant?: string) =>
    call('POST', 'invoices', tenant, { customer, amountCents });
  const open = async (tenant?: string) => (await call('GET', 'invoices/open', tenant)).body;

  it('ends as the app in `after`', () => {
    expect(states).toHaveLength(5);
    expect(contentOf(states.at(-1) as string)).toEqual(contentOf(join(example, 'after')));
  });

  it('is told in the README line by line', () => {
    const readme = readFileSync(join(example, 'README.md'), 'utf8').split('\n');
    for (const patch of readdirSync(join(example, 'steps'))) {
      const lines = readFileSync(join(example, 'steps', patch), 'utf8').split('\n');
      const changes = lines.filter((line) => /^[+-](?!\+\+ |-- |\s*}\),$)/.test(line));
      expect(changes.length).toBeGreaterThan(0);
      expect(readme).toEqual(expect.arrayContaining(changes));
    }
  });

  it('before: serves one customer', async () => {
    await start(0);
    expect((await add('Wile E.', 900)).body).toMatchObject({ id: 1, status: 'open' });
    expect((await add('Road Runner', 100)).body).toMatchObject({ id: 2 });
    expect(await open()).toEqual({ cents: 1_000 });
  });

  it('1: names no schema, and is the same to its clients', async () => {
    await start(1);
    expect((await call('GET', 'invoices')).body).toHaveLength(2);
    expect(await open()).toEqual({ cents: 1_000 });
  });

  it('2: serves nothing before the adoption, which a dry run leaves as it is, and all of it after', async () => {
    await start(2);
    expect(await call('GET', 'invoices')).toMatchObject({ status: 404, body: { code: 'TENANT_NOT_FOUND' } });
    const fleet = app.get(Fleet);
    const adoption = { tenant: { slug: 'acme' } };
    await fleet.adopt({ ...adoption, dryRun: true });
    expect((await call('GET', 'invoices')).status).toBe(404);
    const { rows, warnings } = await fleet.adopt(adoption);
    expect(warnings).toEqual([]);
    expect(JSON.stringify(rows)).toContain('invoices');
    await app.close();

    await start(2);
    expect((await call('GET', 'invoices')).body).toMatchObject([
      { id: 1, customer: 'Wile E.' },
      { id: 2, customer: 'Road Runner' },
    ]);
    expect((await add('Wile E.', 50)).body).toMatchObject({ id: 3 });
    expect(await open()).toEqual({ cents: 1_050 });
  });

  it('3: serves a second customer, who names itself, and the first one as ever', async () => {
    await start(3);
    await app.get(Fleet).tenants.create({ slug: 'globex' });
    expect((await add('Scorpio', 7, 'globex')).body).toMatchObject({ id: 1 });
    expect(await open('globex')).toEqual({ cents: 7 });
    for (const tenant of [undefined, 'acme']) expect(await open(tenant)).toEqual({ cents: 1_050 });
  });

  it('4: serves whoever names a customer, and nobody else', async () => {
    await start(4);
    const fleet = app.get(Fleet);
    expect(await open('acme')).toEqual({ cents: 1_050 });
    expect(await open('globex')).toEqual({ cents: 7 });
    expect(await call('GET', 'invoices')).toMatchObject({ status: 400, body: { code: 'TENANT_UNRESOLVED' } });
    for (const slug of ['acme', 'globex'])
      await app.get(DataSourceRegistry).homes.remove(await fleet.tenants.find(slug));
  });
});
