/** @suite postgres15 typeorm03 */
import { createHash, randomUUID } from 'node:crypto';
import { TenantContext } from '@rowhouse/core';
import { OperatorEntry } from '@rowhouse/core/internal';
import { until } from '../../../test/support/until.js';
import { FilesClient, FilesDeployment, ISOLATIONS, NOTE, PLATFORMS, PNG, send } from './files.fixture.js';
import type { FileView } from './nest/file-view.js';
import { TenantFiles } from './tenant-files.js';

let open: FilesDeployment;
beforeAll(async () => {
  open = await FilesDeployment.open();
});
afterAll(() => open.close());

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe.each(PLATFORMS)('files on %s', (platform) => {
  let url: string;
  beforeAll(async () => {
    ({ url } = await open.app({ platform }));
  });
  afterAll(() => open.closeApps());

  it.each(ISOLATIONS)(
    'are uploaded, checked, listed, read, deleted, restored and purged: %s',
    async (isolation) => {
      const slug = `${isolation}-one`;
      const client = new FilesClient(url, slug);
      const pending = await client.upload('Hello', { description: 'A greeting\nin two lines' });
      expect(pending).toMatchObject({ state: 'pending', name: 'note.txt', module: 'notes', sizeBytes: 5 });
      expect(JSON.stringify(pending)).not.toContain('claim');

      const { body: file } = await client.call<FileView>('POST', `/${pending.id}/complete`, {
        sha256: sha256('Hello'),
      });
      expect(file).toMatchObject({ id: pending.id, state: 'ready', sha256: sha256('Hello') });
      const day = new Date(file.createdAt).toISOString().slice(0, 10).replaceAll('-', '/');
      expect(await open.stored(slug)).toContain(`${open.tenant(slug).id}/notes/${day}/${file.id}-note.txt`);
      expect((await client.call('POST', `/${file.id}/complete`)).body).toEqual(file);
      expect((await client.call('GET', `/${file.id}`)).body).toEqual(file);

      const response = await client.download(file.id);
      expect([response.status, await response.text()]).toEqual([200, 'Hello']);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/plain',
        'content-length': '5',
        'content-disposition': `attachment; filename="note.txt"; filename*=UTF-8''note.txt`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'private, no-store',
      });

      expect((await client.call('DELETE', `/${file.id}`)).status).toBe(204);
      for (const path of [`/${file.id}`, `/${file.id}/download`])
        expect(await client.call('GET', path)).toMatchObject({
          status: 404,
          body: { code: 'FILE_NOT_FOUND' },
        });
      const { body: deleted } = await client.call<{ items: FileView[] }>('GET', '?deleted=true');
      expect(deleted.items.map(({ id }) => id)).toContain(file.id);
      expect((await client.call('POST', `/${file.id}/restore`)).body).toEqual(file);
      expect((await client.call('POST', `/${file.id}/purge`)).status).toBe(204);
      expect((await client.call('GET', `/${file.id}`)).status).toBe(404);
      expect((await open.stored(slug)).filter((key) => key.includes(file.id))).toEqual([]);
    },
  );

  it('answer ranges, and 304 to those who have them', async () => {
    const client = new FilesClient(url, 'row-one');
    const { id } = await client.put('0123456789');
    const { body } = await client.call<{ url: string }>('GET', `/${id}/download`);
    const get = async (headers: Record<string, string>, method = 'GET') => {
      const response = await fetch(body.url, { method, headers });
      return [response.status, response.headers.get('content-range'), await response.text()];
    };
    expect(await get({ range: 'bytes=2-4' })).toEqual([206, 'bytes 2-4/10', '234']);
    expect(await get({ range: 'bytes=-2' })).toEqual([206, 'bytes 8-9/10', '89']);
    expect(await get({ range: 'bytes=10-' })).toMatchObject([
      416,
      'bytes */10',
      expect.stringContaining('RANGE_NOT'),
    ]);
    expect(await get({ range: 'bytes=2-4', 'if-range': '"another"' })).toEqual([200, null, '0123456789']);
    expect(await get({ 'if-none-match': `"${sha256('0123456789')}"` })).toEqual([304, null, '']);
    expect(await get({}, 'HEAD')).toEqual([200, null, '']);
  });

  it('are listed page by page, by module', async () => {
    const client = new FilesClient(url, 'schema-two');
    const module = `pages-${platform}`;
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1)
      ids.unshift((await client.presign({ ...NOTE, module, sizeBytes: 1 })).file.id);
    const seen: string[][] = [];
    for (let cursor = ''; seen.length < 4; ) {
      const path = `?module=${module}&limit=2${cursor && `&cursor=${cursor}`}`;
      const { body } = await client.call<{ items: FileView[]; next: string | null }>('GET', path);
      seen.push(body.items.map(({ id }) => id));
      if (!body.next) break;
      cursor = body.next;
    }
    expect(seen.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(new Set(seen.flat())).toEqual(new Set(ids));
    expect(await client.call('GET', '?cursor=xyz')).toMatchObject({ status: 400 });
    expect(await client.call('GET', '?module=Not-One')).toMatchObject({ status: 400 });
  });

  it('are taken as they were announced, or not at all', async () => {
    const client = new FilesClient(url, 'schema-one');
    for (const [fields, status, code] of [
      [{ contentType: 'text/html' }, 415, 'FILE_TYPE_REFUSED'],
      [{ contentType: 'image/svg+xml' }, 415, 'FILE_TYPE_REFUSED'],
      [{ contentType: 'text/plain; charset=utf-8' }, 400, 'REQUEST_INVALID'],
      [{ sizeBytes: 0 }, 400, 'REQUEST_INVALID'],
      [{ sizeBytes: 100 * 2 ** 20 + 1 }, 413, 'FILE_TOO_LARGE'],
      [{ module: 'Not One' }, 400, 'REQUEST_INVALID'],
      [{ filename: '' }, 400, 'REQUEST_INVALID'],
      [{ key: 'mine' }, 400, 'REQUEST_INVALID'],
    ] as const)
      expect(
        await client.call('POST', '/upload/presign', { ...NOTE, sizeBytes: 1, ...fields }),
      ).toMatchObject({ status, body: { code } });

    const { file, upload } = await client.presign({ ...NOTE, sizeBytes: 5 });
    expect(await client.call('POST', `/${file.id}/complete`)).toMatchObject({
      status: 409,
      body: { code: 'FILE_CONFLICT' },
    });
    for (const content of ['Hell', 'Hello!', 'x'.repeat(200_000)]) {
      const sent = await send(upload, Buffer.from(content)).catch(() => undefined);
      // A server may close the connection before it has read what is too much.
      if (sent)
        expect([sent.status, ((await sent.json()) as { code: string }).code]).toEqual([
          400,
          'FILE_UPLOAD_INVALID',
        ]);
    }
    const typed = await fetch(upload.url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"a":',
    });
    expect(typed.status).toBe(400);
    expect((await send(upload, Buffer.from('World'))).status).toBe(204);
    expect((await send(upload, Buffer.from('Hello'))).status).toBe(204);
    expect((await client.call('POST', `/${file.id}/complete`)).body).toMatchObject({ state: 'ready' });
    expect((await send(upload, Buffer.from('Other'))).status).toBe(409);
    expect(await (await client.download(file.id)).text()).toBe('Hello');
  });

  it('whose content is something else are rejected, and their content is removed', async () => {
    const client = new FilesClient(url, 'database-one');
    const rejected = await client.put(PNG, { ...NOTE, contentType: 'image/jpeg' });
    expect(rejected).toMatchObject({
      state: 'rejected',
      reason: 'It is image/png, not image/jpeg.',
      sha256: null,
    });
    expect((await open.stored('database-one')).filter((key) => key.includes(rejected.id))).toEqual([]);
    const { id } = await client.upload('Hello');
    expect((await client.call('POST', `/${id}/complete`, { sha256: '0'.repeat(64) })).body).toMatchObject({
      state: 'rejected',
      reason: 'It does not have the checksum that was sent.',
    });
    expect(await client.call('GET', `/${id}/download`)).toMatchObject({ status: 409 });
    expect(await client.put(PNG, { ...NOTE, contentType: 'image/png' })).toMatchObject({ state: 'ready' });
  });

  it('that there are none of', async () => {
    const client = new FilesClient(url, 'schema-one');
    for (const id of [randomUUID(), 'x', "'", '..%2f..', '%00'])
      for (const [method, path] of [
        ['GET', ''],
        ['POST', '/complete'],
        ['GET', '/download'],
        ['DELETE', ''],
        ['POST', '/restore'],
        ['POST', '/purge'],
      ] as const)
        expect((await client.call(method, `/${id}${path}`)).status).toBe(404);
  });
});

it('URLs that an operator gets under an entry end with it, and another tenant gives none', async () => {
  const { app, url } = await open.app();
  const { id } = await new FilesClient(url, 'row-one').put('Hello');
  const files = app.get(TenantFiles);
  const tenant = open.tenant('row-one');
  const under = <T>(seconds: number, fn: () => Promise<T>, entered = tenant) => {
    const expiresAt = new Date(Date.now() + 1_000 * seconds);
    const facts = { id: randomUUID(), operator: { type: 'operator', id: 'ada' }, reason: 'a ticket' };
    const entry = new OperatorEntry(
      { ...facts, tenantId: entered.id, readOnly: false, expiresAt },
      1_000 * seconds,
    );
    return TenantContext.run(tenant, async () => ({ made: await fn(), expiresAt }), { entry });
  };
  const download = await under(60, () => files.download(id));
  expect(download.made.expiresAt).toEqual(download.expiresAt);
  const presigned = await under(60, () => files.presign({ ...NOTE, sizeBytes: 5 }));
  expect(presigned.made.file.uploadExpiresAt).toEqual(presigned.expiresAt);
  const { made } = await under(5, () => files.download(id));
  await until(async () => (await fetch(made.url)).status === 403);
  const other = async () => under(60, () => files.download(id), open.tenant('row-two'));
  await expect(other()).rejects.toMatchObject({ code: 'ISOLATION_VIOLATION' });
});
