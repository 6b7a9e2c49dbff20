import { createHash, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Catalog } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { exportTenant } from '@rowhouse/transfer';
import fc from 'fast-check';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, type Answer, PLATFORMS } from '../admin-app.fixture.js';
import { Exports } from './exports/exports.js';
import { TransferOperations } from './transfer-operations.js';

type App = Awaited<ReturnType<AdminDeployment['start']>>;

/** Made by age-keygen, for these specs only. */
const KEYS = {
  identity: 'AGE-SECRET-KEY-1GVKVDSKQLUM96GKDGMZUCF4NDR0CJPAZQG8SS9K7JJQ74XXW3JESFVJFFD',
  recipient: 'age1f5clfapxl7rsm3clgxexl3jv3nlkwdyhaxp48cymyrqam9w27gws3xk68x',
  other: 'AGE-SECRET-KEY-166QQM4JA8V9LG4NJ7HUDZTKRTWY4MRHAK6NVK43WRY2NN7PFFESSNKJQ2T',
};

let deployment: AdminDeployment;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
});
afterEach(() => deployment.closeApps());
afterAll(() => deployment.close());

let tenants = 0;

/** A tenant with rows, by its slug. */
async function tenantWith({ app, call, ended }: App, rows: number, text = "'row ' || i"): Promise<string> {
  tenants += 1;
  const slug = `acme-${tenants}`;
  await ended(await call('POST', 'tenants', { body: { slug } }));
  const tenant = await app.get(Fleet).tenants.find(slug);
  await app
    .get(DataSourceRegistry)
    .for(tenant)
    .query(`insert into products (name) select ${text} from generate_series(1, ${rows}) i`);
  return slug;
}

async function exported(app: App, slug: string): Promise<Answer['body']> {
  const { result } = await app.ended(await app.call('POST', `tenants/${slug}/exports`));
  return (await app.call('GET', `exports/${result.exportId}`)).body;
}

const files = () => readdir(deployment.folder);
const fileOf = (id: string) => readFile(join(deployment.folder, `${id}.tar.gz`));
const get = (app: App, path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${app.url}/admin/${path}`, { method, headers: { authorization: 'Bearer operator', ...headers } });
const digestOf = (content: Uint8Array) =>
  `sha-256=:${createHash('sha256').update(content).digest('base64')}:`;
const upload = (app: App, body: Uint8Array, query = '', headers: Record<string, string> = {}) =>
  app.call('POST', `imports/upload${query}`, {
    body,
    role: 'operator',
    headers: { 'content-type': 'application/gzip', ...headers },
  });

describe.each(PLATFORMS)('on %s', (platform) => {
  it('an export is an operation whose archive can be listed, read, downloaded and removed', async () => {
    const app = await deployment.start({ platform });
    const slug = await tenantWith(app, 250);
    const begun = await app.call('POST', `tenants/${slug}/exports`, { role: 'operator' });
    expect(begun).toMatchObject({ status: 202, body: { kind: 'export', actor: { id: 'operator' } } });
    expect(begun.headers.get('location')).toBe(`../../operations/${begun.body.id}`);
    const ended = await app.ended(begun);
    expect(ended).toMatchObject({
      state: 'succeeded',
      steps: [{ name: 'rows' }],
      progress: { done: 250, total: 250, unit: 'rows', percent: 100 },
      result: { exportId: begun.body.id, rows: 250, tables: [{ name: 'products', rows: 250 }] },
    });
    const content = await fileOf(begun.body.id);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const known = (await app.call('GET', `exports/${begun.body.id}`, { role: 'viewer' })).body;
    expect(known).toMatchObject({ slug, sizeBytes: content.length, sha256, rows: 250 });
    expect(Date.parse(known.expiresAt) - Date.parse(known.createdAt)).toBe(7 * 86_400_000);
    const { items } = (await app.call('GET', `exports?tenant=${known.tenantId}`, { role: 'viewer' })).body;
    expect(items).toEqual([known]);

    const answer = await get(app, `exports/${known.id}/content`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/gzip',
      'content-length': String(content.length),
      etag: `"${sha256}"`,
      'accept-ranges': 'bytes',
      'repr-digest': digestOf(content),
      'content-disposition': expect.stringMatching(/^attachment; filename="acme-\d+-[\dTZ-]+\.tar\.gz"$/),
    });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(content);

    expect((await app.call('DELETE', `exports/${known.id}`, { role: 'operator' })).status).toBe(204);
    expect((await get(app, `exports/${known.id}/content`)).status).toBe(404);
    expect((await files()).filter((name) => name.startsWith(known.id))).toEqual([]);
  });

  it('a download answers any range as the slice of the file, HEAD, and what is not there', async () => {
    const app = await deployment.start({ platform });
    const { id, sizeBytes, sha256 } = await exported(app, await tenantWith(app, 500));
    const content = await fileOf(id);
    const path = `exports/${id}/content`;
    const bound = fc.nat({ max: sizeBytes - 1 });
    await fc.assert(
      fc.asyncProperty(bound, bound, async (one, other) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const part = await get(app, path, { range: `bytes=${start}-${end}` });
        expect(part.status).toBe(206);
        expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end}/${sizeBytes}`);
        expect(part.headers.get('content-length')).toBe(String(end - start + 1));
        expect(Buffer.from(await part.arrayBuffer())).toEqual(content.subarray(start, end + 1));
      }),
      { numRuns: 50 },
    );
    const beyond = await get(app, path, { range: `bytes=${sizeBytes}-` });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('content-range')).toBe(`bytes */${sizeBytes}`);
    expect(await beyond.json()).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
    expect((await get(app, path, { range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
    expect((await get(app, path, { range: 'bytes=0-1', 'if-range': `"${sha256}"` })).status).toBe(206);
    expect((await get(app, path, { 'if-none-match': `"${sha256}"` })).status).toBe(304);
    const head = await get(app, path, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(sizeBytes)]);
    expect(await head.text()).toBe('');
  });

  it('a link downloads its archive without signing in, until it expires or the archive is removed', async () => {
    const app = await deployment.start({ platform });
    const { id } = await exported(app, await tenantWith(app, 5));
    const other = await exported(app, await tenantWith(app, 5));
    const linked = await app.call('POST', `exports/${id}/links`, { role: 'operator', body: { minutes: 1 } });
    expect(linked.status).toBe(201);
    const { url, expiresAt } = linked.body;
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(60_000);
    const follow = (path: string, headers = {}) => fetch(`${app.url}${path}`, { headers });
    const found = await follow(url);
    expect(found.status).toBe(200);
    expect(Buffer.from(await found.arrayBuffer())).toEqual(await fileOf(id));
    expect((await follow(url, { range: 'bytes=1-3' })).status).toBe(206);

    const refused = [
      url.replace(id, other.id),
      url.replace(id, 'no-id'),
      url.replace(id, '..%2f..%2fetc%2fpasswd'),
      url.replace(/expires=\d+/, (text: string) => `${text}0`),
      url.replace(/expires=\d+/, 'expires=1'),
      url.replace(/.$/, (last: string) => (last === 'A' ? 'B' : 'A')),
      url.replace(/signature=.*/, 'signature='),
      url.split('&')[0],
      url.split('?')[0],
      `${url}&expires=1`,
    ];
    for (const path of refused) {
      const answer = await follow(path);
      expect([path, answer.status]).toEqual([path, 403]);
      expect(await answer.json()).toMatchObject({ code: 'DOWNLOAD_LINK_INVALID' });
    }
    for (const minutes of [0, 1_441, 1.5, 'long'])
      expect((await app.call('POST', `exports/${id}/links`, { body: { minutes } })).status).toBe(400);

    await app.call('DELETE', `exports/${id}`);
    expect((await follow(url)).status).toBe(403);
    const { rows } = await app.app
      .get(Catalog)
      .query('select action, actor from rowhouse.audit_entries where target = $1 order by seq', [id]);
    expect(rows.map(({ action, actor }) => `${action} ${actor.id}`)).toEqual([
      'export.created owner',
      'export.linked operator',
      'export.downloaded download link',
      'export.downloaded download link',
      'export.removed owner',
    ]);
    expect(JSON.stringify(rows)).not.toContain(/signature=(.*)/.exec(url)?.[1]);
  });

  it('an upload becomes a tenant, and leaves no file', async () => {
    const app = await deployment.start({ platform });
    const slug = await tenantWith(app, 30);
    const content = await fileOf((await exported(app, slug)).id);
    const begun = await upload(app, content, `?slug=${slug}-copy&name=Copy`, {
      'content-digest': digestOf(content),
    });
    expect(begun).toMatchObject({ status: 202, body: { kind: 'import' } });
    expect(begun.headers.get('location')).toBe(`../operations/${begun.body.id}`);
    expect(await app.ended(begun)).toMatchObject({
      state: 'succeeded',
      tenantId: begun.body.id,
      result: { tenantId: begun.body.id, slug: `${slug}-copy`, rows: 30, tables: 1 },
    });
    const tenant = await app.app.get(Fleet).tenants.find(`${slug}-copy`);
    expect(tenant).toMatchObject({ id: begun.body.id, name: 'Copy', status: 'active' });
    await until(async () => !(await files()).some((name) => name.includes('upload')));

    const dry = await app.ended(await upload(app, content, '?dryRun=true'));
    expect(dry).toMatchObject({ state: 'succeeded', tenantId: null, result: { tenantId: null, rows: 30 } });
    expect((await upload(app, content, `?slug=${slug}`)).body.code).toBe('TENANT_CONFLICT');
  });

  it('an encrypted upload is opened by a key of the server, which the request names', async () => {
    const { identity } = KEYS;
    const identities = { backup: identity, other: KEYS.other };
    const app = await deployment.start({ platform, transfers: { identities } });
    const slug = await tenantWith(app, 30);
    const fleet = app.app.get(Fleet);
    const path = join(deployment.folder, 'encrypted.age');
    const recipients = [KEYS.recipient];
    await exportTenant(fleet, await fleet.tenants.find(slug), createWriteStream(path), { recipients });
    const content = await readFile(path);
    await rm(path);

    const made = await app.ended(await upload(app, content, `?slug=${slug}-opened&identity=backup`));
    expect(made).toMatchObject({ state: 'succeeded', result: { slug: `${slug}-opened`, rows: 30 } });
    const dry = await app.ended(await upload(app, content, '?dryRun=true&identity=backup'));
    expect(dry).toMatchObject({ state: 'succeeded', result: { rows: 30 } });
    for (const query of ['?slug=none', '?slug=none&identity=other'])
      expect(await app.ended(await upload(app, content, query))).toMatchObject({
        state: 'failed',
        error: expect.stringContaining('encrypted'),
      });
    for (const name of ['gone', '__proto__', identity]) {
      const refused = await upload(app, content, `?slug=none&identity=${name}`);
      expect(refused).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'identity', expected: 'expected one of backup, other' }] },
      });
      expect(JSON.stringify(refused.body.errors)).not.toContain(identity);
    }
    const { rows } = await app.app.get(Catalog).query(
      `select (select count(*)::int from rowhouse.operations o where o::text like '%AGE-SECRET%')
              + (select count(*)::int from rowhouse.audit_entries a where a::text like '%AGE-SECRET%') as kept`,
    );
    expect(rows).toEqual([{ kept: 0 }]);
    await until(async () => !(await files()).some((file) => file.includes('upload')));
  });

  it('signs its archives, and takes those of trusted keys only', async () => {
    const own = generateKeyPairSync('ed25519');
    const partner = generateKeyPairSync('ed25519');
    const transfers = { signWith: own.privateKey, trustedKeys: [partner.publicKey] };
    const app = await deployment.start({ platform, transfers });
    const slug = await tenantWith(app, 30);
    const fleet = app.app.get(Fleet);
    const archive = async (signWith?: KeyObject) => {
      const path = join(deployment.folder, `${randomUUID()}.tmp`);
      const tenant = await fleet.tenants.find(slug);
      await exportTenant(fleet, tenant, createWriteStream(path), { signWith });
      const content = await readFile(path);
      await rm(path);
      return content;
    };
    const kept = await app.ended(await app.call('POST', `tenants/${slug}/exports`));
    const { exportId } = kept.result as { exportId: string };
    const body = { export: exportId, slug: `${slug}-own` };
    const rows = await app.ended(await app.call('POST', 'imports', { body }));
    expect(rows).toMatchObject({ state: 'succeeded', result: { rows: 30 } });
    const signed = await archive(partner.privateKey);
    expect(await app.ended(await upload(app, signed, `?slug=${slug}-partner`))).toMatchObject({
      state: 'succeeded',
      result: { rows: 30 },
    });
    const strangers = [await archive(), await archive(generateKeyPairSync('ed25519').privateKey)];
    for (const content of strangers)
      for (const query of [`?slug=${slug}-stranger`, '?dryRun=true'])
        expect(await app.ended(await upload(app, content, query))).toMatchObject({
          state: 'failed',
          error: expect.stringContaining('trusted'),
        });
    await expect(fleet.tenants.find(`${slug}-stranger`)).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  });

  it('an upload that is no archive, too large, of another type or damaged makes nothing', async () => {
    const app = await deployment.start({ platform, transfers: { maxUploadBytes: 10_000 } });
    const noise = randomBytes(5_000);
    const failed = await app.ended(await upload(app, noise, '?slug=none'));
    expect(failed).toMatchObject({ state: 'failed', error: expect.stringContaining('no archive') });
    expect((await upload(app, randomBytes(20_000))).body.code).toBe('UPLOAD_TOO_LARGE');
    const chunked = await fetch(`${app.url}/admin/imports/upload`, {
      method: 'POST',
      headers: { authorization: 'Bearer operator', 'content-type': 'application/gzip' },
      body: new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(4_000)),
      }),
      duplex: 'half',
    } as RequestInit).catch((error: Error) => error);
    if (chunked instanceof Response) expect(chunked.status).toBe(413);
    expect((await upload(app, noise, '', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await app.call('POST', 'imports/upload', { body: {} })).status).toBe(415);
    expect((await upload(app, noise, '', { 'content-digest': digestOf(Buffer.alloc(1)) })).body.code).toBe(
      'UPLOAD_DAMAGED',
    );
    expect((await upload(app, Buffer.alloc(0))).status).toBe(400);
    expect((await upload(app, noise, '', { 'idempotency-key': '"a"' })).status).toBe(400);
    expect((await upload(app, noise, '?slug=..%2f')).status).toBe(400);
    await until(async () => (await files()).every((name) => name.endsWith('.tar.gz')));
  });

  it('an upload that is cut off leaves nothing', async () => {
    const app = await deployment.start({ platform });
    const { port } = new URL(app.url);
    const before = await files();
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      'POST /admin/imports/upload HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer operator\r\n' +
        'Content-Type: application/gzip\r\nContent-Length: 1000000\r\n\r\n',
    );
    socket.write(randomBytes(100_000));
    await until(async () => (await files()).some((name) => name.endsWith('.partial')));
    socket.destroy();
    await until(async () => (await files()).join() === before.join());
    const { body } = await app.call('GET', 'operations?kind=import&state=running');
    expect(body.items).toEqual([]);
  });

  it('only operators export and download; viewers see that there are archives; strangers see nothing', async () => {
    const app = await deployment.start({ platform });
    const slug = await tenantWith(app, 1);
    const { id } = await exported(app, slug);
    const paths = [
      ['POST', `tenants/${slug}/exports`],
      ['GET', `exports/${id}/content`],
      ['POST', `exports/${id}/links`],
      ['DELETE', `exports/${id}`],
      ['POST', 'imports'],
      ['POST', 'imports/upload'],
    ] as const;
    for (const [method, path] of paths) {
      expect([path, (await app.call(method, path, { role: 'viewer' })).status]).toEqual([path, 403]);
      expect([path, (await app.call(method, path, { role: 'nobody' })).status]).toEqual([path, 401]);
    }
    const head = await get(app, `exports/${id}/content`, { authorization: 'Bearer viewer' }, 'HEAD');
    expect(head.status).toBe(403);
    expect((await app.call('GET', 'exports', { role: 'viewer' })).status).toBe(200);
    expect((await app.call('GET', 'exports', { role: 'nobody' })).status).toBe(401);
  });
});

it('an archive that is kept becomes a tenant, once for a key', async () => {
  const app = await deployment.start();
  const slug = await tenantWith(app, 3);
  const { id } = await exported(app, slug);
  const request = {
    body: { export: id, slug: `${slug}-again`, isolation: 'database' },
    headers: { 'idempotency-key': '"again"' },
  };
  const begun = await app.call('POST', 'imports', request);
  expect(await app.ended(begun)).toMatchObject({ state: 'succeeded', result: { rows: 3 } });
  expect((await app.call('POST', 'imports', request)).body.id).toBe(begun.body.id);
  const { isolation } = await app.app.get(Fleet).tenants.find(begun.body.id);
  expect(isolation).toBe('database');
  await app.ended(await app.call('POST', 'imports', { body: { export: id, dryRun: true } }));
  const missing = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b11';
  expect((await app.call('POST', 'imports', { body: { export: missing } })).status).toBe(404);
  await app.ended(
    await app.call('DELETE', `tenants/${slug}-again?retentionDays=0`).then(() =>
      app.call('POST', `tenants/${slug}-again/purge`, {
        body: { confirm: `${slug}-again`, beforeRetentionEnds: true },
      }),
    ),
  );
});

it('an upload with a key is received once', async () => {
  const app = await deployment.start();
  const slug = await tenantWith(app, 3);
  const content = await fileOf((await exported(app, slug)).id);
  const headers = { 'idempotency-key': '"once"', 'content-digest': digestOf(content) };
  const begun = await upload(app, content, `?slug=${slug}-once`, headers);
  await app.ended(begun);
  expect((await upload(app, content, `?slug=${slug}-once`, headers)).body.id).toBe(begun.body.id);
  expect((await upload(app, content, `?slug=${slug}-twice`, headers)).status).toBe(422);
  const other = randomBytes(100);
  const another = { ...headers, 'content-digest': digestOf(other) };
  expect((await upload(app, other, `?slug=${slug}-once`, another)).status).toBe(422);
});

it('an export that is cancelled leaves nothing', async () => {
  const app = await deployment.start();
  const slug = await tenantWith(app, 200_000, 'md5(i::text) || md5((i + 1)::text)');
  const begun = await app.call('POST', `tenants/${slug}/exports`);
  await until(async () => (await files()).some((name) => name.startsWith(begun.body.id)));
  const asked = await app.call('POST', `operations/${begun.body.id}/cancel`);
  const ended = await app.ended(begun);
  // It may have been faster.
  expect([asked.status, ended.state]).toEqual(
    ended.state === 'cancelled' ? [202, 'cancelled'] : [asked.status, 'succeeded'],
  );
  if (ended.state === 'cancelled')
    expect((await files()).filter((name) => name.startsWith(begun.body.id))).toEqual([]);
});

it('archives that have expired, and what processes that died have left, are removed', async () => {
  const app = await deployment.start();
  const catalog = app.app.get(Catalog);
  const { id } = await exported(app, await tenantWith(app, 1));
  const { id: kept } = await exported(app, await tenantWith(app, 1));
  await catalog.query('update rowhouse.exports set expires_at = now() where id = $1', [id]);
  expect((await app.call('GET', `exports/${id}`)).status).toBe(404);
  const old = new Date(Date.now() - 7_200_000);
  const stray = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b12';
  const names = [
    `${stray}.upload`,
    `${stray}.tar.gz`,
    `${stray}.upload.0123456789abcdef.partial`,
    `${kept}.tar.gz.0123456789abcdef.partial`,
    'notes.txt',
  ];
  for (const name of names) {
    await writeFile(join(deployment.folder, name), 'x');
    await utimes(join(deployment.folder, name), old, old);
  }
  await utimes(join(deployment.folder, `${kept}.tar.gz`), old, old);
  await writeFile(join(deployment.folder, `${stray.replace('12', '13')}.upload`), 'being written');
  await app.app.get(Exports).clean();
  const left = (await files()).filter(
    (name) => name.startsWith(id) || name.startsWith(kept) || names.includes(name),
  );
  expect(left.sort()).toEqual([`${kept}.tar.gz`, 'notes.txt'].sort());
  expect((await files()).length).toBeGreaterThan(2);
});

describe('an instance that is killed', () => {
  const id = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b21';

  it('leaves an export that another one makes anew, without what was half written', async () => {
    const first = await deployment.start();
    const slug = await tenantWith(first, 10);
    const { id: tenantId } = await first.app.get(Fleet).tenants.find(slug);
    await deployment.closeApps();
    await writeFile(join(deployment.folder, `${id}.tar.gz.0123456789abcdef.partial`), 'half');
    const second = await deployment.start();
    await second.app
      .get(Catalog)
      .query(`insert into rowhouse.operations (id, kind, tenant_id, input) values ($1, 'export', $2, $3)`, [
        id,
        tenantId,
        JSON.stringify({ tenantId, body: {} }),
      ]);
    await deployment.closeApps();
    const third = await deployment.start();
    expect(await third.ended(await third.call('GET', `operations/${id}`))).toMatchObject({
      state: 'succeeded',
      result: { exportId: id, rows: 10 },
    });
    expect((await files()).filter((name) => name.startsWith(id))).toEqual([`${id}.tar.gz`]);
  });

  it('leaves an import that another one makes anew', async () => {
    const imported = id.replace('21', '22');
    const first = await deployment.start();
    const slug = await tenantWith(first, 10);
    const archive = await exported(first, slug);
    const fleet = first.app.get(Fleet);
    // What is left where the process dies before the rows are in.
    await fleet.tenants.createFrom(
      { history: [], fill: async () => {} },
      { id: imported, slug: `${slug}-left` },
      {},
    );
    const catalog = first.app.get(Catalog);
    await catalog.query(`update rowhouse.tenants set status = 'provisioning' where id = $1`, [imported]);
    await catalog.query(
      `insert into rowhouse.tenant_operations (tenant_id, kind, step) values ($1, 'import', 'rows')`,
      [imported],
    );
    await catalog.query(
      `insert into rowhouse.operations (id, kind, tenant_id, input) values ($1, 'import', $1, $2)`,
      [imported, JSON.stringify({ archive: { export: archive.id }, slug: `${slug}-left`, dryRun: false })],
    );
    await deployment.closeApps();
    const second = await deployment.start();
    expect(await second.ended(await second.call('GET', `operations/${imported}`))).toMatchObject({
      state: 'succeeded',
      result: { tenantId: imported, rows: 10 },
    });
    const tenant = await second.app.get(Fleet).tenants.find(imported);
    const rows = await second.app.get(DataSourceRegistry).for(tenant).query('select from products');
    expect([tenant.status, rows.length]).toEqual(['active', 10]);
  });
});

it('an import that had come to its end needs its archive no more when it is resumed', async () => {
  const app = await deployment.start();
  const archive = await exported(app, await tenantWith(app, 3));
  const body = { slug: `resumed-${archive.id.slice(0, 8)}`, export: archive.id };
  const { id } = await app.ended(await app.call('POST', 'imports', { body }));
  const input = {
    slug: body.slug,
    suspended: false,
    include: [],
    dryRun: false,
    archive: { export: archive.id },
  };
  const control = {
    id,
    by: undefined,
    signal: new AbortController().signal,
    isResumed: true,
    onStep: () => {},
    onProgress: () => {},
  };
  const resume = () => app.app.get(TransferOperations).import.run(input, control);
  expect(await resume()).toMatchObject({ tenantId: id, slug: body.slug, rows: 3 });
  expect((await app.call('DELETE', `exports/${archive.id}`)).status).toBe(204);
  expect(await resume()).toMatchObject({ tenantId: id, slug: body.slug, rows: null });
});
