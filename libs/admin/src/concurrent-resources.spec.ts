import { Catalog } from '@rowhouse/core';
import fc from 'fast-check';
import { AdminDeployment, type Answer } from './admin-app.fixture.js';

type App = Awaited<ReturnType<AdminDeployment['start']>>;

const issuer = 'https://id.example.com';
const RUNS = { numRuns: Number(process.env['INTERLEAVINGS'] ?? 25) };
const LIMIT_MS = 900_000;

let deployment: AdminDeployment;
let apps: readonly [App, App];
let count = 0;
/** Values of the records, by name. */
const zone = new Map<string, readonly string[]>();

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  const domains = { resolveTxt: async (name: string) => (zone.get(name) ?? []).map((value) => [value]) };
  apps = [await deployment.start({ domains }), await deployment.start({ domains, platform: 'fastify' })];
  for (const slug of ['acme', 'globex'])
    await apps[0].ended(await apps[0].call('POST', 'tenants', { body: { slug } }));
});
afterAll(() => deployment.close());

/** When a request is sent, and where. */
interface Sending {
  readonly app: number;
  readonly delayMs: number;
}

const sending = { app: fc.nat(1), delayMs: fc.nat(3) };
const sendings = fc.array(fc.record(sending), { minLength: 2, maxLength: 4 });

async function send(
  { app, delayMs }: Sending,
  ...[method, path, options]: Parameters<App['call']>
): Promise<Answer> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  return (apps[app] as App).call(method, path, options);
}

async function made(path: string, body: unknown): Promise<Answer['body']> {
  const answer = await apps[0].call('POST', path, { body });
  expect(answer.status).toBe(201);
  return answer.body;
}

/** The entries of the trail that came after one. */
async function entriesAfter(
  seq: number,
  action: string,
): Promise<{ action: string; target: string | null }[]> {
  const { body } = await apps[0].call('GET', `audit?action=${action}&limit=50`);
  return body.items.filter((entry: { seq: number }) => entry.seq > seq);
}

async function lastSeq(): Promise<number> {
  const { rows } = await apps[0].app.get(Catalog).query('select seq::int from rowhouse.audit_head');
  return rows[0].seq;
}

/** What can be read and changed, and the ways to change it; each has an effect on the state that was read. */
interface Resource {
  readonly path: string;
  /** Of its entries in the trail. */
  readonly action: string;
  readonly changes: readonly (readonly [method: string, below?: string, body?: unknown])[];
}

const resources: Readonly<Record<string, (n: number) => Promise<Resource>>> = {
  tenant: async (n) => {
    await apps[0].call('POST', 'tenants/acme/activate');
    return {
      path: 'tenants/acme',
      action: 'tenant.',
      changes: [
        ['PATCH', '', { name: `Acme ${n}` }],
        ['POST', '/suspend'],
        ['POST', '/maintenance'],
      ],
    };
  },
  key: async (n) => ({
    path: `tenants/acme/keys/${(await made('tenants/acme/keys', { label: 'ci' })).id}`,
    action: 'api_key.',
    changes: [['PATCH', '', { label: `ci ${n}` }], ['DELETE'], ['POST', '/rotate', { overlapHours: 1 }]],
  }),
  member: async (n) => {
    const email = `m${n}@example.com`;
    const { id } = await made('tenants/acme/members', { issuer, subject: `${n}`, email, roles: ['member'] });
    return {
      path: `tenants/acme/members/${id}`,
      action: 'member.',
      changes: [['PATCH', '', { name: 'Mo' }], ['PATCH', '', { roles: ['admin'] }], ['DELETE']],
    };
  },
  settings: async (n) => ({
    path: 'tenants/acme/settings',
    action: 'settings.',
    changes: [
      ['PATCH', '', { seats: (n % 900) + 10, smtp: { port: n } }],
      ['PATCH', '', { smtp: { password: `secret ${n}`, host: `h${n}` } }],
      ['POST', '/restore', { version: 0 }],
    ],
  }),
  domain: async (n) => {
    const { domain } = await made('tenants/acme/domains', { domain: `d${n}.example.com` });
    return { path: `tenants/acme/domains/${domain}`, action: 'domain.', changes: [['DELETE'], ['DELETE']] };
  },
};

const changesOfOneState = fc.record({
  kind: fc.constantFrom(...Object.keys(resources)),
  wanted: fc.array(fc.record({ ...sending, way: fc.nat(2) }), { minLength: 2, maxLength: 4 }),
});

it(
  'of changes of one state one wins, and state and trail are as it was answered',
  async () => {
    await fc.assert(
      fc.asyncProperty(changesOfOneState, async ({ kind, wanted }) => {
        count += 1;
        const resource = await (resources[kind] as (typeof resources)[string])(count);
        const { path, action, changes } = resource;
        const before = await apps[0].call('GET', path);
        const since = await lastSeq();
        const headers = { 'if-match': before.headers.get('etag') as string };
        const answers = await Promise.all(
          wanted.map(({ way, ...at }) => {
            const [method, below = '', body] = changes[way % changes.length] as (typeof changes)[number];
            return send(at, method, `${path}${below}`, { headers, body });
          }),
        );
        const isEffective = ({ status, body }: Answer) =>
          status < 300 && JSON.stringify(body) !== JSON.stringify(before.body);
        const won = answers.filter(isEffective);
        for (const answer of answers)
          if (!isEffective(answer)) expect([200, 404, 409, 412]).toContain(answer.status);
        expect(won.length).toBeLessThanOrEqual(1);
        // A restore finds what it asks for, and changes nothing.
        if (won.length === 0) expect(answers.map(({ status }) => status)).toContain(200);
        expect(await entriesAfter(since, action)).toHaveLength(won.length);
        const after = await apps[0].call('GET', path);
        if (won[0]?.status === 204) expect(after.status).toBe(404);
        else if (won[0]?.status === 200) expect(after.body).toEqual(won[0].body);
        else if (won[0]) expect(after.body.replacedBy).toBe(won[0].body.id);
        else expect(after.body).toEqual(before.body);
      }),
      RUNS,
    );
  },
  LIMIT_MS,
);

it(
  'of requests with one key that come twice one makes something, and the others have its answer',
  async () => {
    const bodies: Readonly<Record<string, (n: number) => unknown>> = {
      keys: (n) => ({ label: `twice ${n}` }),
      members: (n) => ({ issuer, subject: `t${n}`, email: `t${n}@example.com`, roles: ['member'] }),
      domains: (n) => ({ domain: `t${n}.example.com` }),
      invitations: (n) => ({ email: `i${n}@example.com`, roles: ['member'] }),
    };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(bodies)), sendings, async (what, wanted) => {
        count += 1;
        const body = bodies[what]?.(count);
        const since = await lastSeq();
        const headers = { 'idempotency-key': `twice-${count}` };
        const answers = await Promise.all(
          wanted.map((at) => send(at, 'POST', `tenants/acme/${what}`, { headers, body })),
        );
        for (const { status } of answers) expect([201, 409]).toContain(status);
        const given = new Set(
          answers.filter(({ status }) => status === 201).map(({ body }) => JSON.stringify(body)),
        );
        expect(given.size).toBe(1);
        const again = await apps[0].call('POST', `tenants/acme/${what}`, { headers, body });
        expect(JSON.stringify(again.body)).toBe([...given][0]);
        expect(
          await entriesAfter(since, `${what.replace('keys', 'api_key').replace(/s$/, '')}.`),
        ).toHaveLength(1);
        // A tenant may not claim many.
        if (what === 'domains') await apps[0].call('DELETE', `tenants/acme/domains/${again.body.domain}`);
      }),
      RUNS,
    );
  },
  LIMIT_MS,
);

it(
  'a tenant keeps an owner, whichever owners are removed, suspended or given another role at once',
  async () => {
    const ways: readonly (readonly [method: string, body?: unknown])[] = [
      ['DELETE'],
      ['PATCH', { status: 'suspended' }],
      ['PATCH', { roles: ['member'] }],
    ];
    const removals = fc.array(fc.record({ ...sending, owner: fc.nat(1), way: fc.nat(2) }), {
      minLength: 2,
      maxLength: 5,
    });
    const isOwner = ({ status, roles }: { status: string; roles: string[] }) =>
      status === 'active' && roles.includes('owner');
    const members = async () => (await apps[0].call('GET', 'tenants/globex/members?limit=200')).body.items;
    await fc.assert(
      fc.asyncProperty(removals, async (wanted) => {
        count += 1;
        const owner = (which: string) =>
          made('tenants/globex/members', {
            issuer,
            subject: `${which}${count}`,
            email: `${which}${count}@example.com`,
            roles: ['owner'],
          });
        const owners = [await owner('a'), await owner('b')];
        // Those of the runs before.
        for (const { id } of await members())
          if (!owners.some((one) => one.id === id))
            await apps[0].call('DELETE', `tenants/globex/members/${id}`);
        const since = await lastSeq();
        const answers = await Promise.all(
          wanted.map(({ owner: index, way, ...at }) => {
            const [method, body] = ways[way] as (typeof ways)[number];
            return send(at, method, `tenants/globex/members/${owners[index].id}`, { body });
          }),
        );
        for (const { status } of answers) expect([200, 204, 404, 409]).toContain(status);
        const done = answers.filter(({ status }) => status < 300);
        expect((await members()).filter(isOwner).length).toBeGreaterThanOrEqual(1);
        expect(await entriesAfter(since, 'member.')).toHaveLength(done.length);
      }),
      RUNS,
    );
  },
  LIMIT_MS,
);

it(
  'of tenants that prove one domain at once one has it, and the trail says which',
  async () => {
    const proofs = fc.array(fc.record({ ...sending, tenant: fc.constantFrom('acme', 'globex') }), {
      minLength: 2,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(proofs, async (wanted) => {
        count += 1;
        const domain = `p${count}.example.com`;
        for (const tenant of ['acme', 'globex']) {
          const { challenge } = await made(`tenants/${tenant}/domains`, { domain });
          zone.set(challenge.name, [...(zone.get(challenge.name) ?? []), challenge.value]);
        }
        const since = await lastSeq();
        const answers = await Promise.all(
          wanted.map(({ tenant, ...at }) => send(at, 'POST', `tenants/${tenant}/domains/${domain}/verify`)),
        );
        for (const { status } of answers) expect(status).toBe(200);
        const { rows } = await apps[0].app
          .get(Catalog)
          .query('select tenant_id from rowhouse.tenant_domains where domain = $1', [domain]);
        const verified = await entriesAfter(since, 'domain.verified');
        expect(rows).toHaveLength(1);
        expect(verified).toMatchObject([{ target: domain, tenantId: rows[0].tenant_id }]);
        for (const tenant of ['acme', 'globex'])
          await apps[0].call('DELETE', `tenants/${tenant}/domains/${domain}`);
      }),
      RUNS,
    );
  },
  LIMIT_MS,
);

it('the trail of it all is intact, and one flipped byte in it is found', async () => {
  const verify = async () => (await apps[0].call('GET', 'audit/verify')).body;
  expect(await verify()).toMatchObject({ isIntact: true, fault: null, head: { seq: await lastSeq() } });
  const seq = Math.ceil((await lastSeq()) / 2);
  await apps[0].app.get(Catalog).run([
    { text: "set local session_replication_role = 'replica'" },
    {
      text: `update rowhouse.audit_entries set hash = set_byte(hash, 0, get_byte(hash, 0) # 1) where seq = ${seq}`,
    },
  ]);
  expect(await verify()).toMatchObject({ isIntact: false, fault: { seq } });
});
