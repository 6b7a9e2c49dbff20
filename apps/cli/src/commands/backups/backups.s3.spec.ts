/** @suite s3 */
import { type S3Server, startS3Server } from '../../../../../test/support/s3-server.js';
import { startTcpProxy, type TcpProxy } from '../../../../../test/support/tcp-proxy.js';
import { type App, openApp } from '../../app.fixture.js';

let server: S3Server;
let proxy: TcpProxy;
let bucket: string;
let app: App;
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.env);
  proxy = await startTcpProxy(server.port);
  bucket = await server.bucket();
  app = await openApp();
  app.write(
    'config.ts',
    `import config from './rowhouse.config.js';
    const storage = { bucket: '${bucket}', prefix: 'shop', endpoint: 'http://127.0.0.1:${proxy.port}' };
    export default { ...config, backups: { storage, schedule: '* * * * *', keep: { hourly: 1 } } };`,
  );
  await app.rowhouse('tenants create acme');
});
afterAll(async () => {
  await app?.close();
  await proxy?.close();
  await server?.stop();
});

const run = (line: string) => app.rowhouse(`${line} --config config.ts`);
const json = async (line: string) => JSON.parse((await run(`${line} --json`)).stdout);

it('backs up, lists, verifies, proves, restores and deletes', async () => {
  const [{ id, key }] = (await json('backup acme')).backups;
  expect(await server.keysIn(bucket)).toEqual([`shop/${key}`]);
  expect((await run('backups list')).stdout).toMatch(/^ID .*\n.* acme .* complete /);
  expect(await run(`backups verify ${id}`)).toMatchObject({ code: 0 });
  expect(await run(`backups prove ${id}`)).toMatchObject({ code: 0 });
  expect(await run('restore acme --slug before')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Tenant before is active, with 1 row of 1 table/),
  });
  expect(await run(`backups delete ${id} --yes`)).toMatchObject({ code: 0 });
  expect(await server.keysIn(bucket)).toEqual([]);
});

it('says what is wrong with the storage', async () => {
  proxy.fault = 'refuse';
  proxy.cut();
  const failed = await run('backup acme');
  proxy.fault = 'pass';
  expect(failed.code).not.toBe(0);
  expect(failed.stdout + failed.stderr).toMatch(
    /The storage of backups could not be .*Look whether it can be reached/,
  );
});
