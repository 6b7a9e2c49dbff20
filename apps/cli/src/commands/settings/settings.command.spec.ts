import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../../../tools/workspace.mjs';
import { type Database, openDatabase, openFolder, rowhouse } from '../../cli.fixture.js';
import { rowhouseProcess } from '../../process.fixture.js';

const keyOf = (id: number) => Buffer.alloc(32, id).toString('base64');

/** The config of an app whose keys are in a key management service of its own. */
const config = (schema: string, keys: string) => `
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { z } from 'zod';

const keys = new Map([${keys}].map(({ id, secret }) => [id, Buffer.from(secret, 'base64')]));
const IV = Buffer.alloc(12);
const service = {
  current: [...keys.keys()][0],
  async encrypt(id, plaintext) {
    const cipher = createCipheriv('aes-256-gcm', keys.get(id), IV);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  },
  async decrypt(id, ciphertext) {
    const decipher = createDecipheriv('aes-256-gcm', keys.get(id), IV).setAuthTag(ciphertext.subarray(-16));
    return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()]);
  },
};

export default {
  dataSource: { type: 'postgres' },
  settings: {
    schema: z.object({
      ${schema}
      mail: z.object({ host: z.string().default('localhost'), password: z.string().default('') }).prefault({}),
    }),
    secrets: ['mail.password'],
    keys: service,
  },
};
`;
const SEATS = 'seats: z.int().max(500).default(5),';
const FIRST = `{ id: 'first', secret: '${keyOf(1)}' }`;
const SECOND = `{ id: 'second', secret: '${keyOf(2)}' }`;

const folder = openFolder();
let database: Database;
const write = (text: string) => writeFileSync(join(folder.path, 'rowhouse.config.ts'), text);
const settings = (line: string, env: Record<string, string> = {}) =>
  rowhouse(['settings', ...line.split(' ')], { cwd: folder.path, env: { ...database.env, ...env } });

beforeAll(async () => {
  database = await openDatabase();
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  write(config(SEATS, FIRST));
  // The catalog is made by the first command.
  expect((await settings('check')).stdout).toContain('The settings of 0 tenants fit.');
  await database.admin.query(
    "insert into rowhouse.tenants (id, slug, name) values (gen_random_uuid(), 'acme', 'Acme'), (gen_random_uuid(), 'globex', 'Globex')",
  );
});
afterAll(async () => {
  await database.close();
  folder.close();
});
beforeEach(() => write(config(SEATS, FIRST)));

it('sets, shows and takes back, and tells what was changed', async () => {
  expect(await settings('set acme seats 10')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Version 1'),
  });
  // A text stays a text.
  expect((await settings('set acme mail.host 10')).code).toBe(0);
  expect((await settings('set acme mail.password --from-env MAIL', { MAIL: 'hunter2' })).code).toBe(0);
  const shown = await settings('get acme');
  expect(shown.stdout).toMatch(/seats\s+10\s+override/);
  expect(shown.stdout).toMatch(/mail\.host\s+"10"\s+override/);
  expect(shown.stdout).toMatch(/mail\.password\s+\*\*\*\s+override/);
  expect((await settings('unset acme seats mail.host')).code).toBe(0);
  const history = await settings('history acme --json');
  expect(JSON.parse(history.stdout).changes).toMatchObject([
    { version: 4, action: 'unset', actor: { type: 'operator' } },
    { version: 3, changes: [{ path: 'mail.password', before: null, after: '***' }] },
    { version: 2 },
    { version: 1 },
  ]);
  expect(JSON.parse((await settings('history acme --limit 2 --json')).stdout)).toMatchObject({ next: 3 });
  expect(JSON.parse((await settings('get acme --json')).stdout)).toMatchObject({
    version: 4,
    effective: { seats: 5 },
    secrets: [{ path: 'mail.password', isSet: true }],
  });
  for (const { stdout, stderr } of [shown, history]) expect(stdout + stderr).not.toContain('hunter2');
});

it.each([
  ['set acme seats many', 'seats'],
  ['set acme unknown 1', 'unknown'],
  ['set nobody seats 1', 'tenant'],
  ['set acme seats null', 'unset'],
  ['set acme seats', '--from-env'],
  ['set acme seats --from-env NOT_SET', '--from-env'],
])('%s is refused', async (line, named) => {
  const { code, stderr } = await settings(line);
  expect(code).toBe(2);
  expect(stderr).toContain(named);
});

it('finds what does not fit another schema', async () => {
  await settings('set acme seats 400');
  write(config('seats: z.int().max(300).default(5),', FIRST));
  const { code, stdout } = await settings('check');
  expect([code, stdout]).toEqual([1, expect.stringMatching(/acme\s+seats\s+Too big/)]);
  expect(stdout).not.toContain('400');
  expect(JSON.parse((await settings('check --json')).stdout).misfits).toMatchObject([
    { slug: 'acme', path: 'seats' },
  ]);
  await settings('unset acme seats');
  expect((await settings('check')).code).toBe(0);
});

it('rotates keys, so that the old one is not needed any more', async () => {
  await settings('set globex mail.password --from-env MAIL', { MAIL: 'hunter2' });
  write(config(SEATS, `${SECOND}, ${FIRST}`));
  expect(JSON.parse((await settings('rotate-keys --json')).stdout)).toEqual({
    current: 'second',
    rotated: 2,
    isComplete: true,
    failed: [],
  });
  write(config(SEATS, SECOND));
  expect((await settings('check')).code).toBe(0);
  expect((await settings('rotate-keys')).stdout).toContain('0 data keys');
  write(config(SEATS, FIRST));
  expect(await settings('check')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('cannot be decrypted'),
  });
});

it('says what is missing without a declaration', async () => {
  write("export default { dataSource: { type: 'postgres' } };");
  expect(await settings('get acme')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('declares no settings'),
  });
});

it('loads neither Nest nor TypeORM', async () => {
  write(`import { z } from 'zod';
    export default { dataSource: { type: 'postgres' }, settings: { schema: z.object({ seats: z.int().default(5) }) } };`);
  const { code, stderr, loaded } = await rowhouseProcess(['settings', 'check'], {
    scratch: folder.path,
    cwd: folder.path,
    env: database.env,
  });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect([...loaded].filter((name) => name.startsWith('@nestjs/') || name === 'libpg-query')).toEqual([]);
});
