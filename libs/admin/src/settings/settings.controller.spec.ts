import { Get } from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
import { TenantController } from '@rowhouse/nestjs';
import { z } from 'zod';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, type Answer, type SETTINGS } from '../admin-app.fixture.js';
import { TenantSettings } from './tenant-settings.js';

type App = Awaited<ReturnType<AdminDeployment['start']>>;

type Settings = z.output<(typeof SETTINGS)['schema']>;

@TenantController('theme')
class ThemeController {
  constructor(private readonly settings: TenantSettings<Settings>) {}

  @Get()
  async theme() {
    const { theme, smtp } = await this.settings.get();
    return { theme, hasPassword: smtp.password !== '' };
  }
}

let deployment: AdminDeployment;
let app: App;
let other: App;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  app = await deployment.start();
  other = await deployment.start({ platform: 'fastify', controllers: [ThemeController] });
});
afterAll(() => deployment.close());

const made = async (slug: string) => {
  await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
  return `tenants/${slug}/settings`;
};
const etagOf = (answer: Answer) => answer.headers.get('etag') as string;

it('settings are read, overridden, taken back and restored', async () => {
  const path = await made('acme');
  const before = await app.call('GET', path);
  expect(before.body).toMatchObject({
    version: 0,
    effective: { theme: 'light', seats: 5, smtp: { host: 'localhost', port: 25, password: null } },
    overrides: {},
    secrets: [{ path: 'smtp.password', isSet: false }],
    schema: {
      type: 'object',
      properties: { smtp: { properties: { password: { type: 'string', writeOnly: true } } } },
    },
  });
  const changed = await app.call('PATCH', path, { body: { theme: 'dark', smtp: { port: 587 } } });
  expect(changed.body).toMatchObject({
    version: 1,
    effective: { theme: 'dark', seats: 5, smtp: { host: 'localhost', port: 587 } },
    overrides: { theme: 'dark', smtp: { port: 587 } },
  });
  expect(etagOf(changed)).toBe(etagOf(await app.call('GET', path)));
  const back = await app.call('PATCH', path, { body: { smtp: { port: null } } });
  expect(back.body).toMatchObject({ version: 2, overrides: { theme: 'dark' } });
  const restored = await other.call('POST', `${path}/restore`, { body: { version: 1 } });
  expect([restored.status, restored.body.version, restored.body.overrides]).toEqual([
    200,
    3,
    { theme: 'dark', smtp: { port: 587 } },
  ]);
  expect((await app.call('POST', `${path}/restore`, { body: { version: 0 } })).body).toMatchObject({
    version: 4,
    overrides: {},
  });
  expect(await app.call('POST', `${path}/restore`, { body: { version: 99 } })).toMatchObject({
    status: 404,
    body: { code: 'SETTINGS_VERSION_NOT_FOUND' },
  });
});

it('a change that changes nothing is none', async () => {
  const path = await made('idle');
  await app.call('PATCH', path, { body: { theme: 'dark' } });
  for (const body of [{ theme: 'dark' }, { seats: null }, { smtp: {} }, {}])
    expect((await app.call('PATCH', path, { body })).body.version).toBe(1);
});

it.each([
  [{ seats: 0 }, 'seats'],
  [{ unknown: 1 }, 'unknown'],
  [{ smtp: { unknown: { deep: true } } }, 'smtp.unknown'],
  [{ smtp: 'text' }, 'smtp'],
  [{ theme: 'a\u0000b' }, 'body'],
  [{ theme: ['dark'] }, 'theme'],
  ['{"__proto__":{"theme":"dark"},"constructor":{"x":1}}', 'constructor'],
])('%j is refused, by the path of the field', async (body, field) => {
  const path = 'tenants/idle/settings';
  const answer = await app.call('PATCH', path, { body });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  expect((await app.call('GET', path)).body.version).toBe(1);
});

it('what is nested too deep or too large is refused', async () => {
  const path = 'tenants/idle/settings';
  const deep = `${'{"smtp":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
  expect((await app.call('PATCH', path, { body: deep })).status).toBe(400);
  const answer = await app.call('PATCH', path, { body: { smtp: { host: 'x'.repeat(90_000) } } });
  expect(answer.status).toBe(400);
});

it('of two changes of one state the second is refused, at whichever instance', async () => {
  const path = await made('twice');
  const headers = { 'if-match': etagOf(await other.call('GET', path)) };
  const answers = await Promise.all(
    [app, other, app, other].map(({ call }, index) =>
      call('PATCH', path, { headers, body: { seats: index + 10 } }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  expect((await app.call('GET', path)).body.version).toBe(1);
});

it('of 20 changes at the same time none is lost, and each is in the history', async () => {
  const path = await made('busy');
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      [app, other][index % 2]?.call('PATCH', path, {
        body: index % 4 < 2 ? { seats: index + 100 } : { smtp: { port: index + 100 } },
      }),
    ),
  );
  expect(answers.map((answer) => answer?.status)).toEqual(Array(20).fill(200));
  expect(answers.map((answer) => answer?.body.version).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  const first = await app.call('GET', `${path}/history?limit=15`);
  const rest = await app.call('GET', `${path}/history?limit=15&cursor=${first.body.next}`);
  const all = [...first.body.items, ...rest.body.items];
  expect(rest.body.next).toBeNull();
  expect(all.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, index) => 20 - index));
  // Each begins with what the one before has left.
  const last: Record<string, unknown> = {};
  for (const { changes } of all.reverse())
    for (const change of changes) {
      expect(change.before).toBe(last[change.path] ?? null);
      last[change.path] = change.after;
    }
  expect((await app.call('GET', path)).body.effective).toMatchObject({
    seats: last['seats'],
    smtp: { port: last['smtp.port'] },
  });
});

it('the history says who has changed what', async () => {
  const path = await made('told');
  await app.call('PATCH', path, { role: 'operator', body: { theme: 'dark' } });
  const { body } = await app.call('GET', `${path}/history`, { role: 'viewer' });
  expect(body.items).toEqual([
    {
      version: 1,
      action: 'patch',
      changes: [{ path: 'theme', before: null, after: 'dark', isSecret: false }],
      actor: { type: 'operator', id: 'operator' },
      changedAt: expect.any(String),
    },
  ]);
});

it('a secret is in no answer and in no table', async () => {
  const path = await made('secretive');
  const secret = 'correct horse battery staple';
  const answers = [
    await app.call('PATCH', path, { body: { smtp: { password: secret } } }),
    await app.call('GET', path),
    await app.call('PATCH', path, { body: { smtp: { password: 5 } } }),
    await app.call('PATCH', path, { body: { smtp: { password: secret, port: 'wrong' } } }),
    await app.call('GET', `${path}/history`),
    await app.call('POST', `${path}/restore`, { body: { version: 0 } }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 400, 200, 200]);
  expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(secret);
  expect(answers[1]?.body).toMatchObject({
    effective: { smtp: { password: null } },
    overrides: { smtp: { password: null } },
    secrets: [{ path: 'smtp.password', isSet: true }],
  });
  expect(answers[4]?.body.items[0].changes).toEqual([
    { path: 'smtp.password', before: null, after: '***', isSecret: true },
  ]);
  // Restoring leaves secrets as they are.
  expect(answers[5]?.body.secrets).toEqual([{ path: 'smtp.password', isSet: true }]);
  const { rows } = await app.app.get(Catalog).query<{ text: string }>(
    `select s::text as text from rowhouse.tenant_settings s
     union all select h::text from rowhouse.tenant_settings_history h
     union all select i::text from rowhouse.idempotency_keys i`,
  );
  const dump = rows.map(({ text }) => text).join('\n');
  expect(dump).toContain('smtp.password');
  for (const encoding of ['utf8', 'hex', 'base64'] as const)
    expect(dump).not.toContain(Buffer.from(secret).toString(encoding).replace(/=+$/, ''));
  const unset = await app.call('PATCH', path, { body: { smtp: null } });
  expect(unset.body.secrets).toEqual([{ path: 'smtp.password', isSet: false }]);
});

it('requests of a tenant are served by what an operator changes at another instance', async () => {
  await made('served');
  const themeOf = async () => {
    const response = await fetch(`${other.url}/theme`, { headers: { 'x-tenant-id': 'served' } });
    return (await response.json()) as { theme?: string };
  };
  expect(await themeOf()).toEqual({ theme: 'light', hasPassword: false });
  await app.call('PATCH', 'tenants/served/settings', { body: { theme: 'dark', smtp: { password: 'p' } } });
  await until(async () => (await themeOf()).theme === 'dark');
  expect(await themeOf()).toEqual({ theme: 'dark', hasPassword: true });
});

it('an app without settings answers 404', async () => {
  await made('bare');
  const bare = await deployment.start({ settings: false });
  for (const [method, path, body] of [
    ['GET', 'tenants/bare/settings'],
    ['PATCH', 'tenants/bare/settings', {}],
    ['GET', 'tenants/bare/settings/history'],
    ['POST', 'tenants/bare/settings/restore', { version: 0 }],
  ] as const)
    expect(await bare.call(method, path, { body })).toMatchObject({
      status: 404,
      body: { code: 'SETTINGS_NOT_DECLARED' },
    });
});

it.each([
  ['a setting without a default', { schema: z.object({ theme: z.string() }) }, 'schema.theme'],
  [
    'a type that JSON does not have',
    { schema: z.object({ since: z.date().default(new Date(0)) }) },
    'schema',
  ],
  ['a secret that is no setting', { schema: z.object({}), secrets: ['password'] }, 'secrets'],
  [
    'a secret without keys',
    { schema: z.object({ password: z.string().default('') }), secrets: ['password'] },
    'keys',
  ],
  ['no schema', { schema: {} as z.ZodObject }, 'schema'],
])('an app with %s does not start', async (_, settings, field) => {
  await expect(deployment.start({ settings })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    fields: [expect.objectContaining({ field })],
  });
});
