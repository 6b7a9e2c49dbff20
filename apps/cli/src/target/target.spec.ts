import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
    expect(new URL(target.url).hostname).toBe(host);
    expect(new URL(target.directUrl).hostname).toBe(direct);
  });

  it("uses the config's data source last, and also as the owner if no other is named", async () => {
    const target = await resolve({}, project(DATA_SOURCE));
    expect(target.url).toBe('postgres://app@data-source/shop');
    expect(target.directUrl).toBe(target.url);
  });

  it('finds an application that runs beside the config', async () => {
    const cwd = project();
    const config = join(project(DATA_SOURCE, RUNNING), 'rowhouse.config.mjs');
    expect((await resolve({ config }, cwd)).url).toBe(RUNNING.url);
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
    expect((await resolve({}, secure)).ssl).toEqual({ rejectUnauthorized: false });
    expect((await resolve({ url: 'postgres://db/shop' }, project())).ssl).toBeUndefined();
  });

  it('says what to do when no database is configured', async () => {
    await expect(resolve({}, project())).rejects.toThrow('Give --url, DATABASE_URL or a config');
    const nowhere = project("dataSource: { type: 'postgres' }");
    await expect(resolve({}, nowhere)).rejects.toThrow('No database is configured');
  });
});
