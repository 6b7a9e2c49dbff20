import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { openFolder } from '../cli.fixture.js';
import { resolveTarget, type TargetOptions } from './target.js';

const folder = openFolder();
afterAll(folder.close);

let number = 0;
/** A folder with a config of these fields, and optionally the connection file of a running application. */
function project(config?: string, connection?: object): string {
  const root = join(folder.path, String(number++));
  mkdirSync(join(root, '.rowhouse'), { recursive: true });
  if (config) writeFileSync(join(root, 'rowhouse.config.mjs'), `export default { ${config} };`);
  if (connection) {
    writeFileSync(
      join(root, '.rowhouse', 'connection.json'),
      JSON.stringify({ ...connection, pid: process.pid }),
    );
  }
  return root;
}

const DATA_SOURCE =
  "dataSource: { type: 'postgres', host: 'data-source', username: 'app', database: 'shop' }";
const CONFIG = `${DATA_SOURCE}, url: 'postgres://config/shop', directUrl: 'postgres://config-owner/shop'`;
const RUNNING = { url: 'postgres://running/shop', directUrl: 'postgres://running-owner/shop' };
const ENV = { DATABASE_URL: 'postgres://env/shop', DIRECT_DATABASE_URL: 'postgres://env-owner/shop' };

const hostOf = ({ connectionString = '' }: ClientConfig) => new URL(connectionString).hostname;
const resolve = (options: TargetOptions, cwd: string, env = {}) => resolveTarget(options, { cwd, env });

describe('resolveTarget', () => {
  it.each([
    ['the command line', { url: 'postgres://arg/shop' }, CONFIG, ENV, ['arg', 'config-owner']],
    ['the config', {}, CONFIG, ENV, ['config', 'config-owner']],
    ['the environment', {}, DATA_SOURCE, ENV, ['env', 'env-owner']],
    ['a running application', {}, DATA_SOURCE, {}, ['running', 'running-owner']],
    ['a running application', { directUrl: 'postgres://arg/shop' }, DATA_SOURCE, {}, ['running', 'arg']],
  ])('%s comes before what follows', async (_, options, config, env, [host, direct]) => {
    const target = await resolve(options, project(config, RUNNING), env);
    expect(hostOf(target.app)).toBe(host);
    expect(hostOf(target.owner)).toBe(direct);
  });

  it("uses the config's data source last, and also as the owner if no other is named", async () => {
    const target = await resolve({}, project(DATA_SOURCE));
    expect(target.app).toMatchObject({ host: 'data-source', user: 'app', database: 'shop' });
    expect(target.owner).toBe(target.app);
  });

  it("has the replicas of the config's data source, unless another server is named", async () => {
    const replicated = `dataSource: { type: 'postgres', replication: {
      master: { host: 'data-source' }, slaves: [{ host: 'replica', username: 'app' }] } }`;
    const hosts = async (...args: Parameters<typeof resolve>) =>
      (await resolve(...args)).replicas.map(({ host }) => host);
    expect(await hosts({}, project(replicated))).toEqual(['replica']);
    expect(await hosts({}, project(replicated), ENV)).toEqual(['replica']);
    expect(await hosts({ url: 'postgres://arg/shop' }, project(replicated))).toEqual([]);
    expect(await hosts({}, project(replicated, RUNNING))).toEqual([]);
    expect(await hosts({}, project(DATA_SOURCE))).toEqual([]);
  });

  it('finds an application that runs beside the config', async () => {
    const cwd = project();
    const config = join(project(DATA_SOURCE, RUNNING), 'rowhouse.config.mjs');
    expect((await resolve({ config }, cwd)).app.connectionString).toBe(RUNNING.url);
  });

  it('merges pool options of the config, the running application and the command line', async () => {
    const pool = { homeSchema: 'homes', roles: 'running' };
    const cwd = project(`${DATA_SOURCE}, pool: { roles: 'config', pin: 'session' }`, { ...RUNNING, pool });
    expect((await resolve({}, cwd)).pool).toEqual({ pin: 'session', homeSchema: 'homes', roles: 'running' });
    expect((await resolve({ roles: false }, cwd)).pool).toMatchObject({ roles: false });
  });

  it('takes SSL from the data source of the config', async () => {
    const secure = project(
      "dataSource: { type: 'postgres', host: 'db', ssl: { rejectUnauthorized: false } }",
    );
    const named = { url: 'postgres://db/shop', directUrl: 'postgres://owner/shop' };
    for (const { app, owner } of [await resolve({}, secure), await resolve(named, secure)])
      expect([app.ssl, owner.ssl]).toEqual([{ rejectUnauthorized: false }, { rejectUnauthorized: false }]);
    expect((await resolve(named, project())).app.ssl).toBeUndefined();
  });

  it('says what to do when no database is configured', async () => {
    await expect(resolve({}, project())).rejects.toThrow('Give --url, DATABASE_URL or a config');
    const nowhere = project("dataSource: { type: 'postgres' }");
    await expect(resolve({}, nowhere)).rejects.toThrow('No database is configured');
    expect((await resolve({}, nowhere, { PGHOST: 'db' })).source).toContain('rowhouse.config');
  });

  it('takes what is empty as unset', async () => {
    const empty = { DATABASE_URL: '', DIRECT_DATABASE_URL: '' };
    const cwd = project(`${DATA_SOURCE}, url: '', directUrl: ''`);
    const { app, owner } = await resolve({ url: '', directUrl: '' }, cwd, empty);
    expect(app).toMatchObject({ host: 'data-source', user: 'app' });
    expect(owner).toBe(app);
    await expect(resolve({}, project("dataSource: { type: 'postgres', url: '' }"), empty)).rejects.toThrow(
      'No database is configured',
    );
  });

  it.each([
    ['--url', { url: 'mysql://root:secret@db' }, {}],
    ['--direct-url', { url: 'postgres://db/shop', directUrl: 'secret' }, {}],
    ['DATABASE_URL', {}, { DATABASE_URL: 'secret' }],
    ['DIRECT_DATABASE_URL', {}, { ...ENV, DIRECT_DATABASE_URL: 'secret' }],
  ])('names what holds no URL of PostgreSQL, and does not show it: %s', async (name, options, env) => {
    const failure = resolve(options, project(), env);
    await expect(failure).rejects.toThrow(new RegExp(`^${name}: expected postgres://`));
    await expect(failure).rejects.not.toThrow('secret');
  });
});
