/** @suite browser */
import pg from 'pg';
import { AdminPages } from './admin-pages.fixture.js';
import { Hand, OWNER_CHANGES } from './owner-changes.fixture.js';
import { type RecordedRequest, RequestRecorder, routeOf } from './request-recorder.fixture.js';

const recorder = new RequestRecorder();

let pages: AdminPages;
let client: pg.Client;

beforeAll(async () => {
  pages = await AdminPages.open({ breakGlass: true, configure: recorder.configure });
  client = new pg.Client(pages.deployment.database.url);
  await client.connect();
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd', plan: 'free' });
  for (const slug of ['globex', 'doomed']) await pages.tenant({ slug });
  for (const email of ['ann@example.com', 'bob@example.com'])
    await pages.app.call('POST', 'tenants/acme/members', {
      body: { issuer: 'https://login.example.com', subject: email, email, roles: ['owner'] },
    });
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(async () => {
  await client?.end();
  await pages?.close();
});

const READ = [
  'tenants',
  ...['', '/limits', '/keys', '/entries', '/settings', '/domains', '/members', '/invitations'].map(
    (part) => `tenants/acme${part}`,
  ),
  'webhooks',
  'exports',
  'backups',
  'operations',
  'migrations',
];

const stateOf = async () => Promise.all(READ.map(async (path) => (await pages.app.call('GET', path)).body));

async function sendAsViewer({ method, url, headers, body }: RecordedRequest): Promise<number> {
  const { 'idempotency-key': _key, 'content-length': _length, ...kept } = headers;
  const { status } = await fetch(`${pages.app.url}${url}`, {
    method,
    headers: { ...kept, authorization: 'Bearer viewer' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return status;
}

it.each(OWNER_CHANGES)(
  'a viewer who sends again what an owner has sent is refused, and nothing changes: $name',
  async ({ change, routes }) => {
    const { page } = await pages.visit('', { role: 'owner' });
    recorder.take();
    await change(new Hand(page, pages, client));
    const sent = recorder.take();
    expect([...new Set(sent.map(routeOf))].sort()).toEqual(routes);
    const before = await stateOf();
    for (const request of sent)
      expect([request.method, request.url, await sendAsViewer(request)]).toEqual([
        request.method,
        request.url,
        403,
      ]);
    expect(await stateOf()).toEqual(before);
  },
);
