import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Catalog } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { exportTenant } from '@rowhouse/transfer';
import { until } from '../../../../../test/support/until.js';
import { AdminDeployment, type Answer, type CallOptions, PLATFORMS } from '../../admin-app.fixture.js';
import { Exports } from '../exports/exports.js';
import { Uploads } from './uploads.js';

type App = Awaited<ReturnType<AdminDeployment['start']>>;

const NO_ID = '00000000-0000-4000-8000-000000000000';
const MIB = 1_024 ** 2;

let deployment: AdminDeployment;
let archive: Buffer;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  const { app, call, ended } = await deployment.start();
  await ended(await call('POST', 'tenants', { body: { slug: 'acme' } }));
  const fleet = app.get(Fleet);
  const tenant = await fleet.tenants.find('acme');
  await app
    .get(DataSourceRegistry)
    .for(tenant)
    .query(
      `insert into products (name) select encode(sha512(i::text::bytea), 'hex') from generate_series(1, 300) i`,
    );
  const path = join(deployment.folder, 'archive');
  await exportTenant(fleet, tenant, createWriteStream(path), {});
  archive = await readFile(path);
  await rm(path);
  await deployment.closeApps();
}, 120_000);
afterEach(() => deployment.closeApps());
afterAll(() => deployment?.close());

const files = () => readdir(deployment.folder);

function uploadsOf({ call }: Pick<App, 'call'>) {
  return {
    begin: (bytes: number, options: CallOptions = {}) =>
      call('POST', 'uploads', {
        role: 'operator',
        ...options,
        headers: { 'tus-resumable': '1.0.0', 'upload-length': String(bytes), ...options.headers },
      }),
    append: (id: string, offset: number, body: Uint8Array, headers: Record<string, string> = {}) =>
      call('PATCH', `uploads/${id}`, {
        role: 'operator',
        body,
        headers: {
          'content-type': 'application/offset+octet-stream',
          'upload-offset': String(offset),
          ...headers,
        },
      }),
    stateOf: (id: string) => call('GET', `uploads/${id}`, { role: 'viewer' }),
  };
}

/** Begins a request that adds bytes, and sends some of them. */
async function sendSome(app: App, id: string, offset: number, length: number, some: Buffer): Promise<Socket> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(
    `PATCH /admin/uploads/${id} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer operator\r\n` +
      `Content-Type: application/offset+octet-stream\r\nUpload-Offset: ${offset}\r\nContent-Length: ${length}\r\n\r\n`,
  );
  socket.write(some);
  return socket;
}

const productsOf = async ({ app }: App, slug: string): Promise<number> => {
  const tenant = await app.get(Fleet).tenants.find(slug);
  return (await app.get(DataSourceRegistry).for(tenant).query('select from products')).length;
};

const sha256 = (content: Uint8Array) => `sha256 ${createHash('sha256').update(content).digest('base64')}`;

describe.each(PLATFORMS)('on %s', (platform) => {
  it('an archive that arrives in several requests becomes a tenant, and leaves no file', async () => {
    const app = await deployment.start({ platform });
    const { begin, append, stateOf } = uploadsOf(app);
    const begun = await begin(archive.length);
    expect(begun).toMatchObject({ status: 201, body: { sizeBytes: archive.length, receivedBytes: 0 } });
    const { id } = begun.body;
    expect(begun.headers.get('location')).toBe(`uploads/${id}`);
    expect(begun.headers.get('upload-expires')).toBe(new Date(begun.body.expiresAt).toUTCString());
    const middle = Math.floor(archive.length / 2);
    const first = await append(id, 0, archive.subarray(0, middle), {
      'upload-checksum': sha256(archive.subarray(0, middle)),
    });
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, String(middle)]);
    const early = await app.call('POST', 'imports', { body: { upload: id, slug: `early-${platform}` } });
    expect([early.status, early.body.code]).toEqual([409, 'UPLOAD_INCOMPLETE']);
    const head = await fetch(`${app.url}/admin/uploads/${id}`, {
      method: 'HEAD',
      headers: { authorization: 'Bearer operator', 'tus-resumable': '1.0.0' },
    });
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'upload-offset': String(middle),
      'upload-length': String(archive.length),
      'tus-resumable': '1.0.0',
      'cache-control': 'no-store',
    });
    await append(id, middle, archive.subarray(middle));
    expect((await stateOf(id)).body.receivedBytes).toBe(archive.length);
    const dry = await app.ended(await app.call('POST', 'imports', { body: { upload: id, dryRun: true } }));
    expect(dry).toMatchObject({ state: 'succeeded', result: { rows: 300 } });
    const body = { upload: id, slug: `acme-${platform}` };
    const made = await app.ended(await app.call('POST', 'imports', { body, role: 'operator' }));
    expect(made).toMatchObject({ state: 'succeeded', result: { slug: body.slug, rows: 300 } });
    expect((await stateOf(id)).body.code).toBe('UPLOAD_NOT_FOUND');
    expect((await files()).filter((name) => name.endsWith('.upload'))).toEqual([]);
    const { rows } = await app.app
      .get(Catalog)
      .query('select action, actor from rowhouse.audit_entries where target = $1 order by seq', [id]);
    expect(rows.map(({ action, actor }) => `${action} ${actor.id}`)).toEqual([
      'upload.created operator',
      'upload.completed operator',
      'upload.removed operator',
    ]);
  });

  it('a request that is cut off keeps what has arrived, and another goes on from there', async () => {
    const app = await deployment.start({ platform });
    const { begin, append, stateOf } = uploadsOf(app);
    const content = randomBytes(20 * MIB);
    const { id } = (await begin(content.length)).body;
    const socket = await sendSome(app, id, 0, content.length, content.subarray(0, 10 * MIB));
    // The part that is whole is kept while the request goes on.
    await until(async () => (await stateOf(id)).body.receivedBytes === 8 * MIB);
    const second = await append(id, 8 * MIB, content.subarray(8 * MIB));
    expect([second.status, second.body.code]).toEqual([423, 'UPLOAD_LOCKED']);
    socket.destroy();
    await until(async () => (await append(id, 0, Buffer.alloc(1))).body.code === 'UPLOAD_OFFSET_WRONG');
    const { receivedBytes } = (await stateOf(id)).body;
    expect(receivedBytes).toBeGreaterThanOrEqual(8 * MIB);
    const rest = await append(id, receivedBytes, content.subarray(receivedBytes));
    expect([rest.status, rest.headers.get('upload-offset')]).toEqual([204, String(content.length)]);
    const hash = createHash('sha256');
    const file = app.app.get(Uploads).archive(id) as () => Promise<AsyncIterable<Buffer>>;
    for await (const chunk of await file()) hash.update(chunk);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
    expect((await app.call('DELETE', `uploads/${id}`, { role: 'operator' })).status).toBe(204);
    expect((await files()).filter((name) => name.includes('.upload'))).toEqual([]);
  });

  it('refuses what does not fit, and keeps nothing of it', async () => {
    const app = await deployment.start({ platform, transfers: { maxUploadBytes: 1_000 } });
    const { begin, append, stateOf } = uploadsOf(app);
    expect((await begin(1_001)).body.code).toBe('UPLOAD_TOO_LARGE');
    for (const length of ['0', '-1', '1.5', '9'.repeat(17), 'many'])
      expect((await begin(0, { headers: { 'upload-length': length } })).status).toBe(400);
    const { id } = (await begin(1_000)).body;
    const piece = randomBytes(400);
    expect((await append(id, 0, piece, { 'content-type': 'application/gzip' })).status).toBe(415);
    expect((await append(id, 1, piece)).body).toMatchObject({
      code: 'UPLOAD_OFFSET_WRONG',
      detail: expect.stringContaining('has 0 bytes'),
    });
    expect((await append(id, 0, piece, { 'upload-offset': 'x' })).status).toBe(400);
    expect((await append(id, 0, piece, { 'tus-resumable': '0.2.2' })).status).toBe(412);
    expect((await append(id, 0, piece, { 'upload-checksum': 'md5 abc=' })).status).toBe(400);
    expect((await append(id, 0, piece, { 'upload-checksum': sha256(Buffer.alloc(1)) })).status).toBe(460);
    expect((await stateOf(id)).body.receivedBytes).toBe(0);
    expect((await append(id, 0, piece)).status).toBe(204);
    expect((await append(id, 400, randomBytes(601))).body.code).toBe('UPLOAD_TOO_LARGE');
    expect((await append(NO_ID, 0, piece)).body.code).toBe('UPLOAD_NOT_FOUND');
    expect(
      (
        await app.call('PATCH', 'tenants/acme', {
          body: 'x',
          headers: { 'content-type': 'application/offset+octet-stream' },
        })
      ).status,
    ).toBeGreaterThanOrEqual(400);
    await app.call('DELETE', `uploads/${id}`);
    expect((await files()).filter((name) => name.includes('.upload'))).toEqual([]);
  });

  it('is begun, gone on with and removed by operators alone', async () => {
    const app = await deployment.start({ platform });
    const { id } = (await uploadsOf(app).begin(10)).body;
    const requests: readonly [string, string, CallOptions][] = [
      ['POST', 'uploads', { headers: { 'upload-length': '10' } }],
      [
        'PATCH',
        `uploads/${id}`,
        {
          body: Buffer.alloc(10),
          headers: { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' },
        },
      ],
      ['DELETE', `uploads/${id}`, {}],
      ['POST', 'imports', { body: { upload: id } }],
    ];
    for (const [method, path, options] of requests)
      for (const [role, status] of [
        ['viewer', 403],
        ['nobody', 401],
      ] as const)
        expect([method, role, (await app.call(method, path, { ...options, role })).status]).toEqual([
          method,
          role,
          status,
        ]);
    expect((await app.call('GET', `uploads/${id}`, { role: 'nobody' })).status).toBe(401);
    expect((await uploadsOf(app).stateOf(id)).body.receivedBytes).toBe(0);
  });
});

async function uploaded(app: App): Promise<string> {
  const { begin, append } = uploadsOf(app);
  const { id } = (await begin(archive.length)).body;
  expect((await append(id, 0, archive)).status).toBe(204);
  return id;
}

it('its rows go into a tenant that is there, as the policy for conflicts says', async () => {
  const app = await deployment.start();
  await app.ended(await app.call('POST', 'tenants', { body: { slug: 'grill' } }));
  const id = await uploaded(app);
  const into = (body: object, role: 'operator' | 'owner' = 'operator'): Promise<Answer> =>
    app.call('POST', 'tenants/grill/imports', { role, body: { upload: id, ...body } });
  expect((await into({ onConflict: 'overwrite' })).status).toBe(403);
  const dry = await app.ended(await into({ dryRun: true }));
  expect(dry).toMatchObject({ state: 'succeeded', result: { rows: 300, dryRun: true } });
  expect(await productsOf(app, 'grill')).toBe(0);
  expect(await app.ended(await into({}))).toMatchObject({ state: 'succeeded', result: { rows: 300 } });
  expect(await productsOf(app, 'grill')).toBe(300);
  expect((await into({})).body.code).toBe('UPLOAD_NOT_FOUND');
  const again = await uploaded(app);
  const remapped = await app.ended(await into({ upload: again, onConflict: 'remap' }));
  expect(remapped).toMatchObject({ state: 'succeeded', result: { rows: 300 } });
  expect(await productsOf(app, 'grill')).toBe(600);
  for (const body of [{}, { upload: again, export: NO_ID }])
    expect((await app.call('POST', 'tenants/grill/imports', { body })).status).toBe(400);
});

it('is gone on with in another instance, once the first one has let go of it', async () => {
  const first = await deployment.start();
  const second = await deployment.start();
  const { id } = (await uploadsOf(first).begin(archive.length)).body;
  await uploadsOf(first).append(id, 0, archive.subarray(0, 1_000));
  const socket = await sendSome(first, id, 1_000, archive.length - 1_000, archive.subarray(1_000, 2_000));
  const lock = `upload:${id}`;
  await until(async () => (await second.app.get(Catalog).heldLocks([lock])).has(lock));
  expect((await uploadsOf(second).append(id, 1_000, Buffer.alloc(0))).status).toBe(423);
  socket.destroy();
  await until(async () => (await uploadsOf(second).append(id, 0, Buffer.alloc(0))).status === 409);
  const { receivedBytes } = (await uploadsOf(second).stateOf(id)).body;
  const rest = await uploadsOf(second).append(id, receivedBytes, archive.subarray(receivedBytes));
  expect(rest.headers.get('upload-offset')).toBe(String(archive.length));
  const made = await second.ended(
    await second.call('POST', 'imports', { body: { upload: id, slug: 'elsewhere' } }),
  );
  expect(made).toMatchObject({ state: 'succeeded', result: { rows: 300 } });
});

it('is begun once for a key', async () => {
  const { begin } = uploadsOf(await deployment.start());
  const headers = { 'idempotency-key': '"once"' };
  const [one, other] = [await begin(10, { headers }), await begin(10, { headers })];
  expect([other.status, other.body.id]).toEqual([201, one.body.id]);
});

it('an upload stays when its import fails, and is removed when it expires', async () => {
  const app = await deployment.start();
  const { begin, append, stateOf } = uploadsOf(app);
  const noise = randomBytes(5_000);
  const { id } = (await begin(noise.length)).body;
  await append(id, 0, noise);
  const failed = await app.ended(await app.call('POST', 'imports', { body: { upload: id, slug: 'none' } }));
  expect(failed).toMatchObject({ state: 'failed', error: expect.stringContaining('no archive') });
  expect((await stateOf(id)).status).toBe(200);
  const catalog = app.app.get(Catalog);
  const clean = async () => {
    await app.app.get(Uploads).clean();
    await app.app.get(Exports).clean();
  };
  await catalog.query('update rowhouse.uploads set expires_at = now() where id = $1', [id]);
  // As while an operation reads it.
  await catalog.query(
    `insert into rowhouse.operations (id, kind, state, input) values ($1, 'other', 'running', $2)`,
    [NO_ID, JSON.stringify({ archive: { resumable: id } })],
  );
  await clean();
  const left = await files();
  await catalog.query('delete from rowhouse.operations where id = $1', [NO_ID]);
  expect((await stateOf(id)).status).toBe(404);
  await clean();
  const { rows } = await catalog.query('select from rowhouse.uploads where id = $1', [id]);
  expect(rows).toEqual([]);
  expect((await files()).length).toBe(left.length - 1);
});
