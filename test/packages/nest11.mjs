import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './packages.mjs';
import { npm, run, start, temporaryDirectory } from './processes.mjs';

const FIXTURE = join(ROOT, 'test/fixtures/nest11-commonjs-app');
/** Each platform has tenants of its own, so that it begins with empty tables. */
const TENANTS_BY_PLATFORM = { express: ['acme', 'globex'], fastify: ['hooli', 'umbrella'] };
const TENANTS = Object.values(TENANTS_BY_PLATFORM).flat();
const MISSING = 'TENANT_CONTEXT_MISSING';
const START_LIMIT_MS = 60_000;

/** The lower bounds of our peers, which the fixture's ranges begin with. */
const OLDEST = [
  '@nestjs/common@11.0.0',
  '@nestjs/core@11.0.0',
  '@nestjs/platform-express@11.0.0',
  // The first of its versions that asks for Nest 11.
  '@nestjs/platform-fastify@11.0.3',
  '@nestjs/typeorm@11.0.0',
  'typeorm@0.3.20',
];

/** A CommonJS application on Nest 11 and TypeORM 0.3, with the newest of both and with the oldest we allow. */
export async function checkNest11(list, tarballs, createDatabase) {
  for (const [title, versions] of [
    ['the newest', []],
    ['the oldest', OLDEST],
  ]) {
    await list.part(`a CommonJS application on ${title} Nest 11 and TypeORM 0.3`, async () => {
      const database = await createDatabase();
      try {
        await checkApp(list, [...tarballs, ...versions], versions, database.url);
      } finally {
        await database.drop();
      }
    });
  }
}

async function checkApp(list, toInstall, versions, databaseUrl) {
  const cwd = temporaryDirectory('nest11');
  const env = { DATABASE_URL: databaseUrl };
  const command = (file, ...args) => run(process.execPath, [file, ...args], { cwd, env });

  cpSync(FIXTURE, cwd, { recursive: true });
  await list.step('installs', async () => {
    await npm(['install', '--no-package-lock', '--omit=optional', ...toInstall], { cwd });
    for (const version of versions)
      assert.equal(`${nameOf(version)}@${versionOf(cwd, nameOf(version))}`, version);
    assert.match(versionOf(cwd, '@nestjs/core'), /^11\./);
    assert.match(versionOf(cwd, 'typeorm'), /^0\.3\./);
  });
  list.note(`Nest ${versionOf(cwd, '@nestjs/core')}, TypeORM ${versionOf(cwd, 'typeorm')}`);
  await list.step('compiles to CommonJS with its own TypeScript', async () => {
    await npm(['run', 'build'], { cwd });
    assert.match(readFileSync(join(cwd, 'dist/app.module.js'), 'utf8'), /require\("@rowhouse\/nestjs"\)/);
  });
  await list.step('registry.for(tenant).runMigrations() makes the tables of each tenant', async () => {
    const lines = (await command('dist/commands/add-tenants.js', ...TENANTS)).trimEnd().split('\n');
    const migrations = ['Workshop1700000000000'];
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      TENANTS.map((slug) => ({ slug, migrations })),
    );
  });

  for (const [platform, tenants] of Object.entries(TENANTS_BY_PLATFORM)) {
    const app = start(process.execPath, ['dist/main.js'], {
      cwd,
      env: { ...env, PORT: '0', PLATFORM: platform },
    });
    try {
      const url = await list.step(
        `starts on ${platform}`,
        async () => (await app.line(/^listening on (\S+)/, START_LIMIT_MS))[1],
      );
      await checkHttp(list, url, tenants);
    } finally {
      app.signalGroup('SIGTERM');
      await list.check('ends in good order', async () => {
        assert.deepEqual(await app.ended(START_LIMIT_MS), { code: null, signal: 'SIGTERM' });
      });
    }
  }
  await checkProbe(list, JSON.parse(await command('dist/commands/probe.js')));
}

async function checkHttp(list, url, tenants) {
  const [first] = tenants;
  const ask = (tenant) => async (method, path, body) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { 'content-type': 'application/json', ...(tenant ? { 'X-Tenant-ID': tenant } : {}) },
      body: body && JSON.stringify(body),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.json(),
    };
  };
  const modelsOf = async (tenant) => (await ask(tenant)('GET', '/bikes')).body.map(({ model }) => model);
  const problem = ({ status, type, body }) => ({ status, type: type.split(';')[0], code: body.code });
  const type = 'application/problem+json';

  await list.check('POST writes to the own tenant, and each sees its own', async () => {
    const added = await Promise.all(
      tenants.map((tenant) => ask(tenant)('POST', '/bikes', { model: `${tenant} bike` })),
    );
    assert.deepEqual(
      added.map(({ status }) => status),
      [201, 201],
    );
    for (const tenant of tenants) assert.deepEqual(await modelsOf(tenant), [`${tenant} bike`]);
  });
  await list.check('relations, lazy and eager, stay with the tenant', async () => {
    for (const tenant of tenants) {
      const order = { work: `${tenant} brakes`, parts: [{ name: `${tenant} pad`, priceCents: 900 }] };
      assert.equal((await ask(tenant)('POST', '/bikes/1/repairs', order)).status, 201);
    }
    for (const tenant of tenants) {
      const [repair, ...more] = (await ask(tenant)('GET', '/bikes/1/repairs')).body;
      assert.deepEqual(more, []);
      assert.equal(repair.work, `${tenant} brakes`);
      assert.deepEqual(
        repair.parts.map(({ name }) => name),
        [`${tenant} pad`],
      );
    }
  });
  await list.check('a transaction that fails is rolled back', async () => {
    const order = { work: 'never', parts: [{ name: 'gift', priceCents: -1 }] };
    assert.equal((await ask(first)('POST', '/bikes/1/repairs', order)).status, 500);
    const [{ repairCount }] = (await ask(first)('GET', '/bikes')).body;
    assert.equal(repairCount, 1);
    assert.equal((await ask(first)('GET', '/bikes/1/repairs')).body.length, 1);
  });
  await list.check('no tenant: 400, as problem+json', async () => {
    const answer = problem(await ask()('GET', '/bikes'));
    assert.deepEqual(answer, { status: 400, type, code: 'TENANT_UNRESOLVED' });
  });
  await list.check('an unknown tenant: 404, as problem+json', async () => {
    const answer = problem(await ask('initech')('GET', '/bikes'));
    assert.deepEqual(answer, { status: 404, type, code: 'TENANT_NOT_FOUND' });
  });
}

async function checkProbe(list, { outside, byRegistry, byCache, sameClasses, sameDataSource }) {
  await list.check(`outside a context every data access is refused with ${MISSING}`, () => {
    const doors = ['repository', 'manager', 'queryBuilder', 'query', 'transaction', 'cached'];
    assert.deepEqual(outside, Object.fromEntries(doors.map((door) => [door, MISSING])));
  });
  await list.check('the registry hands out data sources that act for their tenant', () => {
    const own = (tenant) => ({
      models: [`${tenant} bike`],
      builder: 1,
      transaction: 1,
      pending: false,
      hasTable: true,
    });
    assert.deepEqual(byRegistry, Object.fromEntries(TENANTS.map((tenant) => [tenant, own(tenant)])));
  });
  await list.check('the query-result cache answers, and each tenant from its own compartment', () => {
    // `after` was read when one more bike was in the table: it comes from the cache.
    const own = (tenant) => [`${tenant} bike`];
    const cached = (tenant) => ({ before: own(tenant), after: own(tenant), ofRegistry: own(tenant) });
    assert.deepEqual(byCache, Object.fromEntries(TENANTS.map((tenant) => [tenant, cached(tenant)])));
  });
  await list.check('the app and the libraries share one DataSource, of the classes the app requires', () => {
    assert.deepEqual({ sameClasses, sameDataSource }, { sameClasses: true, sameDataSource: true });
  });
}

function nameOf(version) {
  return version.slice(0, version.lastIndexOf('@'));
}

function versionOf(directory, name) {
  return JSON.parse(readFileSync(join(directory, 'node_modules', name, 'package.json'), 'utf8')).version;
}
