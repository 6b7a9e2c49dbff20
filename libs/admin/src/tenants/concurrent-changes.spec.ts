import { Get } from '@nestjs/common';
import { TenantController } from '@rowhouse/nestjs';
import fc from 'fast-check';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, type Answer } from '../admin-app.fixture.js';

@TenantController('here')
class HereController {
  @Get()
  here() {
    return {};
  }
}

let deployment: AdminDeployment;
let apps: Awaited<ReturnType<AdminDeployment['start']>>[];

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  apps = [
    await deployment.start(),
    await deployment.start({ platform: 'fastify', controllers: [HereController] }),
  ];
});
afterAll(() => deployment.close());

const changes = fc.array(
  fc.record({
    app: fc.nat(1),
    how: fc.constantFrom('suspend', 'activate', 'maintenance', 'archive', 'rename'),
    delay: fc.nat(3),
  }),
  { minLength: 2, maxLength: 4 },
);

it('of changes of one state at the same time one wins, at whichever instance they arrive', async () => {
  const [app] = apps as [(typeof apps)[0]];
  await app.ended(await app.call('POST', 'tenants', { body: { slug: 'acme' } }));
  let count = 0;
  await fc.assert(
    fc.asyncProperty(changes, async (wanted) => {
      await app.call('POST', 'tenants/acme/activate');
      const before = await app.call('GET', 'tenants/acme');
      const headers = { 'if-match': before.headers.get('etag') as string };
      const answers = await Promise.all(
        wanted.map(async ({ app: index, how, delay }): Promise<Answer> => {
          await new Promise((resolve) => setTimeout(resolve, delay));
          const { call } = apps[index] as (typeof apps)[0];
          count += 1;
          return how === 'rename'
            ? call('PATCH', 'tenants/acme', { headers, body: { name: `Acme ${count}` } })
            : call('POST', `tenants/acme/${how}`, { headers });
        }),
      );
      // `activate` finds the state that it asks for, and changes nothing.
      const won = answers.filter(
        ({ status, body }) => status === 200 && body.updatedAt !== before.body.updatedAt,
      );
      const after = await app.call('GET', 'tenants/acme');
      for (const { status } of answers) expect([200, 409, 412]).toContain(status);
      expect(new Set(won.map(({ body }) => `${body.status} ${body.name}`)).size).toBeLessThanOrEqual(1);
      if (won[0]) expect(after.body).toMatchObject({ status: won[0].body.status, name: won[0].body.name });
      else expect(after.body).toEqual(before.body);
    }),
    { numRuns: Number(process.env['INTERLEAVINGS'] ?? 40) },
  );
}, 600_000);

it('of requests with one key at the same time one makes a tenant, and none makes a second', async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      (apps[index % 2] as (typeof apps)[0]).call('POST', 'tenants', {
        body: { slug: 'globex' },
        headers: { 'idempotency-key': 'once' },
      }),
    ),
  );
  for (const { status } of answers) expect([202, 409]).toContain(status);
  const made = answers.filter(({ status }) => status === 202);
  expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
  const [app] = apps as [(typeof apps)[0]];
  await app.ended(made[0] as Answer);
  const { body } = await app.call('GET', 'operations?kind=tenant.create');
  expect(
    body.items.filter(({ tenantId }: { tenantId: string }) => tenantId === made[0]?.body.id),
  ).toHaveLength(1);
});

it('a suspension at one instance holds at the other', async () => {
  const [one, other] = apps as [(typeof apps)[0], (typeof apps)[0]];
  await one.ended(await one.call('POST', 'tenants', { body: { slug: 'initech' } }));
  const served = async () =>
    (await fetch(`${other.url}/here`, { headers: { 'x-tenant-id': 'initech' } })).status;
  expect(await served()).toBe(200);
  await one.call('POST', 'tenants/initech/suspend');
  await until(async () => (await served()) === 403);
});
