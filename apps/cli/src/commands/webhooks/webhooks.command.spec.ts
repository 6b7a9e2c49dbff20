import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase, openFolder, rowhouse } from '../../cli.fixture.js';

/** The config of an app whose keys are in a key management service, which here does not hide anything. */
const config = (current: string, known: readonly string[]) => `
const known = ${JSON.stringify(known)};
const present = (id) => {
  if (!known.includes(id)) throw new Error('There is no key ' + id + '.');
  return Buffer.from(id + ':');
};
export default {
  dataSource: { type: 'postgres' },
  webhooks: {
    keys: {
      current: '${current}',
      encrypt: async (id, plaintext) => Buffer.concat([present(id), plaintext]),
      decrypt: async (id, ciphertext) => ciphertext.subarray(present(id).length),
    },
  },
};
`;

const NO_ID = '00000000-0000-4000-8000-000000000000';

const folder = openFolder();
let database: Database;
const write = (text: string) => writeFileSync(join(folder.path, 'rowhouse.config.ts'), text);
const run = (line: string, cwd = folder.path) =>
  rowhouse(['webhooks', ...line.split(' ')], { cwd, env: database.env });
const json = async (line: string) => JSON.parse((await run(`${line} --json`)).stdout);

beforeAll(async () => {
  database = await openDatabase();
  write(config('first', ['first']));
  // The catalog is made by the first command.
  expect(await run('list')).toMatchObject({ code: 0, stdout: 'No webhooks.\n' });
  await database.admin.query(
    "insert into rowhouse.tenants (id, slug, name) values (gen_random_uuid(), 'acme', 'Acme')",
  );
});
afterAll(async () => {
  await database.close();
  folder.close();
});

const create = async (more = '') =>
  json(`create --endpoint https://example.com/hooks --description billing${more}`);

describe('rowhouse webhooks', () => {
  it('create shows the secret once', async () => {
    const { code, stdout } = await run(
      'create --endpoint https://acme.example/hooks --description acme --tenant acme --events tenant.created,tenant.deleted',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^whsec_\S{44}\n\nThis is the only time/);
    const [secret = ''] = stdout.split('\n');
    const listed = await run('list --tenant acme');
    expect(listed.stdout).toMatch(
      /^ID +DESCRIPTION +URL +TENANT +EVENTS +STATE\n.* acme +https:.* enabled\n$/,
    );
    const { webhooks } = await json('list');
    expect(webhooks).toMatchObject([
      { events: ['tenant.created', 'tenant.deleted'], createdBy: { type: 'operator' } },
    ]);
    expect(JSON.stringify(webhooks)).not.toContain(secret);
  });

  it.each([
    '--endpoint http://example.com/ --description x',
    '--endpoint https://127.0.0.1/ --description x',
    '--endpoint https://example.com/ --description x --events tenant.unknown',
    '--endpoint https://example.com/ --description x --tenant nobody',
  ])('create refuses %s', async (line) => {
    expect((await run(`create ${line}`)).code).toBe(2);
  });

  it('create and rotate need the keys of the config, and look-ups do not', async () => {
    const { id } = await create();
    for (const line of [`rotate ${id}`, 'create --endpoint https://example.com/ --description x'])
      expect(await run(line, '/')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('webhooks: { keys'),
      });
    expect((await run('list', '/')).code).toBe(0);
  });

  it('rotate makes another secret, and rotate-keys encrypts all by the current key', async () => {
    const { id, secret } = await create();
    const rotated = await json(`rotate ${id} --overlap 1`);
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.previousSecretUntil).not.toBeNull();
    write(config('second', ['first', 'second']));
    expect(await run('rotate-keys')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d secrets encrypted anew by "second"\.\n$/),
    });
    write(config('third', ['third']));
    expect(await run('rotate-keys')).toMatchObject({ code: 1, stdout: expect.stringContaining('second') });
    write(config('second', ['second']));
    expect((await json('rotate-keys')).failed).toEqual([]);
  });

  it('test, deliveries and resend are about messages', async () => {
    const { id } = await create();
    expect((await run(`test ${id}`)).stdout).toMatch(/^The message \S+ is pending\.\n$/);
    const { deliveries } = await json(`deliveries ${id} --status pending`);
    expect(deliveries).toMatchObject([{ type: 'webhook.test', attempts: 0 }]);
    expect(await run(`resend ${id} ${deliveries[0].id}`)).toMatchObject({ code: 1 });
    await database.admin.query(
      "update rowhouse.webhook_deliveries set status = 'dead', ended_at = now(), next_attempt_at = null, response_status = 500",
    );
    expect((await run(`deliveries ${id}`)).stdout).toMatch(/ webhook\.test +dead +0 +500 /);
    expect(await run(`resend ${id}`)).toMatchObject({ code: 0, stdout: '1 message sent again.\n' });
    expect(await json(`resend ${id}`)).toEqual({ resent: 0 });
    expect((await run(`deliveries ${id} --status wrong`)).code).toBe(2);
  });

  it('disable, enable and remove', async () => {
    const { id } = await create();
    expect((await run(`disable ${id}`)).stdout).toBe(`The webhook ${id} (billing) is disabled.\n`);
    expect((await run('list')).stdout).toContain('disabled (operator)');
    expect(await run(`test ${id}`)).toMatchObject({ code: 1 });
    expect((await run(`enable ${id}`)).stdout).toContain('is enabled');
    expect((await run(`remove ${id}`)).stdout).toBe(`The webhook ${id} (billing) was removed.\n`);
    for (const line of [
      `remove ${id}`,
      `enable ${NO_ID}`,
      'rotate x',
      `deliveries ${NO_ID}`,
      `resend ${NO_ID}`,
    ])
      expect((await run(line)).code).toBe(2);
  });
});
