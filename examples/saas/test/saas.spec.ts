import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { MetricsCollection, UsageCollection } from '@rowhouse/metrics';
import { TenantLifecycle } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { freePort } from '../../../test/support/free-port.js';
import { until } from '../../../test/support/until.js';
import { createApp, type Platform } from '../src/create-app.js';
import { calendarStandIn, freshSecret } from '../src/settings.js';

const HOUR_MS = 3_600_000;
const SLUGS = { acme: 'acme', globex: 'globex', initech: 'initech' };

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON a route answers with.
  readonly body: any;
}

describe.each<Platform>(['express', 'fastify'])('a SaaS on %s', (platform) => {
  let database: TestDatabase;
  let folder: string;
  let publicUrl: string;
  let app: INestApplication;
  /** How far ahead the app's clock is of ours. */
  let aheadMs = 0;
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs);
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'rowhouse-saas-'));
    const port = await freePort();
    publicUrl = `http://127.0.0.1:${port}`;
    app = await createApp(
      {
        url: database.loginUrl,
        ownerUrl: database.url,
        publicUrl,
        filesFolder: folder,
        filesSecret: freshSecret(),
        integrationsSecret: freshSecret(),
        integrationsKey: randomBytes(32).toString('base64'),
        calendar: calendarStandIn(publicUrl),
        adminToken: freshSecret(),
      },
      platform,
    );
    await app.listen(port, '127.0.0.1');
    for (const name of ['ada', 'bob', 'hank', 'ivy', 'eve']) {
      const { body } = await call(undefined, undefined, 'POST', 'sign-in', { email: `${name}@example.com` });
      tokens.set(name, body.token);
    }
  });
  afterAll(async () => {
    const registry = app.get(DataSourceRegistry);
    for (const slug of Object.values(SLUGS))
      await registry.homes.remove(await app.get(TenantLifecycle).find(slug));
    await app.close();
    await database.drop();
    await rm(folder, { recursive: true });
    jest.restoreAllMocks();
  });

  async function call(
    who: string | undefined,
    workspace: string | undefined,
    method: string,
    path: string,
    body?: object,
  ): Promise<Answer> {
    const response = await fetch(`${publicUrl}/${path}`, {
      method,
      headers: {
        ...(who && { authorization: `Bearer ${tokens.get(who)}` }),
        ...(workspace && { 'x-tenant-id': workspace }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text && JSON.parse(text) };
  }

  /** What a browser does with a text of somebody. */
  async function upload(who: string, workspace: string, title: string, text: string): Promise<Answer> {
    const presigned = await call(who, workspace, 'POST', 'files/upload/presign', {
      filename: `${title}.txt`,
      contentType: 'text/plain',
      module: 'documents',
      sizeBytes: Buffer.byteLength(text),
    });
    expect(presigned).toMatchObject({ status: 201 });
    const { file, upload: target } = presigned.body;
    const sent = await fetch(target.url, { method: target.method, headers: target.headers, body: text });
    expect(sent.status).toBe(204);
    const completed = await call(who, workspace, 'POST', `files/${file.id}/complete`);
    expect(completed).toMatchObject({ status: 200, body: { state: 'ready' } });
    return call(who, workspace, 'POST', 'documents', { title, fileId: file.id });
  }

  const signUp = (who: string, slug: string, plan: string) =>
    call(who, undefined, 'POST', 'workspaces', { slug, name: slug, plan });

  it('opens a workspace, once, however often and at whatever same time that is asked for', async () => {
    const answers = await Promise.all([
      ...Array.from({ length: 3 }, () => signUp('ada', SLUGS.acme, 'business')),
      ...Array.from({ length: 3 }, () => signUp('hank', SLUGS.globex, 'free')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(2);
    expect(answers[0]?.body).toMatchObject({ isolation: 'schema', status: 'active' });
    expect(answers[5]?.body).toMatchObject({ isolation: 'row', status: 'active' });
    const mine = await call('ada', undefined, 'GET', 'workspaces');
    expect(mine.body.items).toMatchObject([{ slug: SLUGS.acme, roles: ['owner'] }]);
    expect(await call('ada', SLUGS.acme, 'GET', 'team')).toMatchObject({
      body: { items: [{ email: 'ada@example.com' }] },
    });
  });

  it('gives nobody a workspace of somebody else, nor any without signing in', async () => {
    expect((await signUp('eve', SLUGS.acme, 'business')).status).toBe(409);
    tokens.set('nobody', 'a.b.c');
    for (const path of ['workspaces', 'team', 'documents', 'invoice', 'files'])
      expect(await call('nobody', path === 'workspaces' ? undefined : SLUGS.acme, 'GET', path)).toMatchObject(
        { status: 401 },
      );
    expect((await call('eve', undefined, 'GET', 'workspaces')).body).toEqual({ items: [] });
  });

  it('invites by a link that lets in the one who was invited, once', async () => {
    const invite = () => call('ada', SLUGS.acme, 'POST', 'team/invitations', { email: 'bob@example.com' });
    const join = (who: string, link: string) =>
      call(who, undefined, 'POST', 'join', { token: link.split('#')[1] });
    const { link: first } = (await invite()).body;
    const { link } = (await invite()).body;
    expect(link).toMatch(`${publicUrl}/join#`);
    expect((await join('bob', first)).body).toMatchObject({ code: 'INVITATION_ENDED' });
    expect((await join('eve', link)).body).toMatchObject({ code: 'INVITATION_EMAIL_DIFFERS' });
    expect(await call('bob', SLUGS.acme, 'GET', 'documents')).toMatchObject({ status: 404 });
    expect(await join('bob', link)).toMatchObject({ status: 200, body: { roles: ['member'] } });
    expect((await join('bob', link)).status).toBe(410);
    // Every instance hears of a new member a moment later.
    await until(async () => (await call('bob', SLUGS.acme, 'GET', 'documents')).status === 200);
    for (const what of ['GET invoice', 'POST team/invitations']) {
      const [method = '', path = ''] = what.split(' ');
      const refused = { status: 403, body: { code: 'MEMBER_ROLE_REQUIRED' } };
      expect(await call('bob', SLUGS.acme, method, path)).toMatchObject(refused);
    }
  });

  it('keeps uploaded documents of each team to itself', async () => {
    const holidays = await upload('bob', SLUGS.acme, 'Holidays', 'Thirty days of vacation a year.');
    expect(holidays).toMatchObject({
      status: 201,
      body: { title: 'Holidays', createdBy: 'bob@example.com' },
    });
    const { fileId, id } = holidays.body;
    const again = await call('ada', SLUGS.acme, 'POST', 'documents', { title: 'Twice', fileId });
    expect(again).toEqual({ status: 201, body: holidays.body });
    await upload('hank', SLUGS.globex, 'Cats', 'The cat sleeps in the server room.');

    const titles = async (who: string, workspace: string) =>
      (await call(who, workspace, 'GET', 'documents')).body.items.map(
        ({ title }: { title: string }) => title,
      );
    expect(await titles('ada', SLUGS.acme)).toEqual(['Holidays']);
    expect(await titles('hank', SLUGS.globex)).toEqual(['Cats']);
    // By an id that they know, in their own workspace and in the other's.
    for (const path of [`documents/${id}`, `files/${fileId}`, `files/${fileId}/download`]) {
      expect((await call('bob', SLUGS.acme, 'GET', path)).status).toBe(200);
      expect((await call('hank', SLUGS.globex, 'GET', path)).status).toBe(404);
      expect((await call('hank', SLUGS.acme, 'GET', path)).status).toBe(404);
    }
    const stolen = await call('hank', SLUGS.globex, 'POST', 'documents', { title: 'Stolen', fileId });
    expect(stolen).toMatchObject({ status: 404, body: { code: 'FILE_NOT_FOUND' } });
    expect((await call('hank', SLUGS.acme, 'POST', 'files/upload/presign', {})).status).toBe(404);
  });

  it('finds documents by what is asked, of the own team only', async () => {
    await upload('ada', SLUGS.acme, 'Illness', 'Whoever is ill calls the office before nine.');
    const found = async (who: string, workspace: string, question: string) => {
      const path = `documents/search?q=${encodeURIComponent(question)}`;
      const { status, body } = await call(who, workspace, 'GET', path);
      expect(status).toBe(200);
      return body.items.map(({ title }: { title: string }) => title);
    };
    expect(await found('bob', SLUGS.acme, 'How many days of vacation?')).toEqual(['Holidays', 'Illness']);
    expect(await found('bob', SLUGS.acme, 'Who do I call when I am ill?')).toEqual(['Illness', 'Holidays']);
    expect(await found('hank', SLUGS.globex, 'How many days of vacation?')).toEqual(['Cats']);
    expect((await call('hank', SLUGS.acme, 'GET', 'documents/search?q=vacation')).status).toBe(404);
    expect((await call('bob', SLUGS.acme, 'GET', 'documents/search?q=')).status).toBe(400);
  });

  it('shows the calendar that a team has connected to that team', async () => {
    /** As the page does that the calendar sends the browser back to. */
    const begin = async (who: string, workspace: string): Promise<string> => {
      const { status, body } = await call(who, workspace, 'POST', 'integrations/authorize/calendar', {});
      expect(status).toBe(200);
      const consent = await fetch(body.url, { redirect: 'manual' });
      return new URL(consent.headers.get('location') ?? '').search;
    };
    const finish = (who: string, query: string) =>
      call(who, undefined, 'POST', 'integrations/callback/calendar', { query });
    expect((await call('ada', SLUGS.acme, 'GET', 'calendar')).status).toBe(404);
    const query = await begin('ada', SLUGS.acme);
    expect((await finish('hank', query)).status).toBeGreaterThanOrEqual(400);
    const connected = await finish('ada', query);
    expect(connected).toMatchObject({ status: 200, body: { provider: 'calendar', state: 'connected' } });
    const events = await call('bob', SLUGS.acme, 'GET', 'calendar');
    expect(events).toMatchObject({ status: 200, body: { items: [{ title: expect.any(String) }] } });

    expect((await call('hank', SLUGS.globex, 'GET', 'calendar')).status).toBe(404);
    expect((await finish('hank', await begin('hank', SLUGS.globex))).status).toBe(200);
    const others = await call('hank', SLUGS.globex, 'GET', 'calendar');
    expect(others.status).toBe(200);
    expect(others.body).not.toEqual(events.body);
    for (const workspace of [SLUGS.acme, SLUGS.globex])
      expect((await call('hank', workspace, 'GET', `integrations/${connected.body.id}`)).status).toBe(404);
  });

  it('keeps a workspace of the plan enterprise in a database of its own', async () => {
    const opened = await signUp('ivy', SLUGS.initech, 'enterprise');
    expect(opened).toMatchObject({ status: 200, body: { isolation: 'database', status: 'active' } });
    const report = await upload('ivy', SLUGS.initech, 'Report', 'The printer on the third floor is on fire.');
    expect(report).toMatchObject({ status: 201, body: { createdBy: 'ivy@example.com' } });
    const listed = await call('ivy', SLUGS.initech, 'GET', 'documents');
    expect(listed.body.items).toMatchObject([{ id: report.body.id, title: 'Report' }]);
    const search = await call('ivy', SLUGS.initech, 'GET', 'documents/search?q=printer');
    expect(search.body.items).toMatchObject([{ title: 'Report' }]);
    expect((await call('ivy', SLUGS.initech, 'GET', 'calendar')).status).toBe(404);

    const databaseOf = async (slug: string): Promise<string> => {
      const tenant = await app.get(TenantLifecycle).find(slug);
      const own = app.get(DataSourceRegistry).for(tenant);
      const [{ name, titles }] = await own.query(
        'select current_database() as name, (select array_agg(title) from documents) as titles',
      );
      expect(titles.includes('Report')).toBe(slug === SLUGS.initech);
      return name;
    };
    expect(await databaseOf(SLUGS.globex)).toBe(await databaseOf(SLUGS.acme));
    expect(await databaseOf(SLUGS.initech)).not.toBe(await databaseOf(SLUGS.acme));
    for (const path of [`documents/${report.body.id}`, `files/${report.body.fileId}`]) {
      expect((await call('ada', SLUGS.acme, 'GET', path)).status).toBe(404);
      expect((await call('ada', SLUGS.initech, 'GET', path)).status).toBe(404);
    }
  });

  it('puts what each has used on an invoice of its own', async () => {
    const months = new Set([new Date().toISOString().slice(0, 7)]);
    await app.get(MetricsCollection).flush();
    months.add(new Date().toISOString().slice(0, 7));
    // Hours are recorded when they are over.
    aheadMs = 2 * HOUR_MS;
    await app.get(UsageCollection).record();
    aheadMs = 0;

    let owed = 0;
    const used = async (who: string, workspace: string, meter: string) => {
      let quantity = 0;
      for (const month of months) {
        const { status, body } = await call(who, workspace, 'GET', `invoice?month=${month}`);
        expect([status, body.currency, body.isFinal]).toEqual([200, 'EUR', false]);
        const line = body.lines.find((one: { meter: string }) => one.meter === meter);
        quantity += Number(line?.quantity ?? 0);
        owed += Number(line?.amount ?? 0);
      }
      return quantity;
    };
    expect(await used('ada', SLUGS.acme, 'documents')).toBe(2);
    expect(owed).toBeCloseTo(0.2, 5);
    expect(await used('ada', SLUGS.acme, 'searches')).toBe(2);
    expect(await used('hank', SLUGS.globex, 'documents')).toBe(1);
    expect(await used('hank', SLUGS.globex, 'searches')).toBe(1);
    expect(await used('ivy', SLUGS.initech, 'documents')).toBe(1);
    expect(await used('ivy', SLUGS.initech, 'searches')).toBe(1);
    expect(await used('ada', SLUGS.acme, 'requests')).toBeGreaterThan(
      await used('hank', SLUGS.globex, 'requests'),
    );
    expect((await call('hank', SLUGS.acme, 'GET', 'invoice')).status).toBe(404);
  });
});
