import { FilesCleanUp } from '../clean-up.js';
import { type FilesApp, FilesClient, FilesDeployment, ISOLATIONS, PLATFORMS } from '../files.fixture.js';
import type { FileView } from '../nest/file-view.js';
import { content, MIB, send, Tus } from './tus.fixture.js';

let open: FilesDeployment;
beforeAll(async () => {
  open = await FilesDeployment.open();
});
afterAll(() => open?.close());

describe.each(PLATFORMS)('uploads by tus on %s', (platform) => {
  let app: FilesApp;
  beforeAll(async () => {
    app = await open.app({ platform });
  });

  it.each(ISOLATIONS)('end as other uploads do, for a tenant with isolation %s', async (isolation) => {
    const slug = `${isolation}-one`;
    const client = new FilesClient(app.url, slug);
    const id = await send(app.url, slug, content);
    expect((await client.call('GET', `/${id}`)).body).toMatchObject({
      state: 'pending',
      name: 'notes.txt',
      description: 'Über',
      sizeBytes: content.length,
    });
    expect((await client.call('POST', `/${id}/complete`)).body).toMatchObject({ state: 'ready' });
    expect(Buffer.from(await (await client.download(id)).arrayBuffer()).equals(content)).toBe(true);
    expect((await open.stored(slug)).filter((key) => key.includes(id))).toHaveLength(1);
    const tus = new Tus(app.url, slug);
    expect(await tus.offset(id)).toBe(content.length);
    expect((await tus.append(id, content.length, '')).status).toBe(409);
    expect((await tus.call('DELETE', `/${id}`)).status).toBe(409);
  });

  it.each(ISOLATIONS)(
    'are of one tenant with isolation %s, and no other one finds them',
    async (isolation) => {
      const [mine, other] = [new Tus(app.url, `${isolation}-one`), new Tus(app.url, `${isolation}-two`)];
      const id = await mine.begin(4);
      for (const response of [
        await other.call('HEAD', `/${id}`),
        await other.append(id, 0, 'evil'),
        await other.call('DELETE', `/${id}`),
        await other.append(`..%2f${id}`, 0, 'evil'),
        await other.append('11111111-1111-4111-8111-111111111111', 0, 'evil'),
      ])
        expect(response.status).toBe(404);
      expect(await mine.offset(id)).toBe(0);
      expect((await mine.append(id, 0, 'good')).status).toBe(204);
      expect((await mine.call('DELETE', `/${id}`)).status).toBe(204);
      expect((await mine.call('HEAD', `/${id}`)).status).toBe(404);
      expect((await open.stored(`${isolation}-one`)).filter((key) => key.includes(id))).toEqual([]);
    },
  );

  it('go on where they were cut, after a restart of the app', async () => {
    const slug = 'schema-one';
    const first = new Tus(app.url, slug);
    const id = await first.begin(content.length);
    const kept = await first.cut(id, content.subarray(0, 8 * MIB + 100), content.length);
    expect(kept).toBeGreaterThanOrEqual(8 * MIB);
    const restarted = await open.app({ platform });
    const client = new FilesClient(restarted.url, slug);
    expect(await client.call('POST', `/${id}/complete`)).toMatchObject({ status: 409 });
    const offsets: number[] = [];
    await send(restarted.url, slug, content, {
      uploadUrl: `${restarted.url}/files/tus/${id}`,
      onProgress: (sent) => offsets.push(sent),
    });
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(8 * MIB);
    expect((await client.call('POST', `/${id}/complete`)).body).toMatchObject({ state: 'ready' });
    expect(Buffer.from(await (await client.download(id)).arrayBuffer()).equals(content)).toBe(true);
  });

  it('go on in chunks of any size', async () => {
    const chunks: number[] = [];
    const id = await send(app.url, 'row-one', Buffer.from('Hello, tus'), {
      chunkSize: 3,
      onChunkComplete: (size) => chunks.push(size),
    });
    expect(chunks).toEqual([3, 3, 3, 1]);
    const client = new FilesClient(app.url, 'row-one');
    expect((await client.call('POST', `/${id}/complete`)).body).toMatchObject({ state: 'ready' });
    expect(await (await client.download(id)).text()).toBe('Hello, tus');
  });

  it('are refused as announced: what is too large, of a type that is not taken, or beyond the quota', async () => {
    const small = await open.app({
      platform,
      files: { maxBytes: 10 },
      tenancy: { plans: { free: { quotas: { fileBytes: 20 } } } },
    });
    const tus = new Tus(small.url, 'database-two');
    expect((await tus.create(11)).status).toBe(413);
    expect((await tus.create(5, { filetype: 'text/html' })).status).toBe(415);
    expect((await tus.create(5, { module: '../up' })).status).toBe(400);
    for (const length of ['', '-1', '1e3', '0x5']) expect((await tus.create(length)).status).toBe(400);
    const id = await tus.begin(10);
    const other = await tus.begin(10);
    const beyond = await tus.create(5);
    expect([beyond.status, await beyond.json()]).toEqual([
      403,
      expect.objectContaining({ code: 'QUOTA_EXCEEDED' }),
    ]);
    expect((await tus.append(id, 0, '12345678901')).status).toBe(400);
    expect((await tus.append(id, 5, '67890')).status).toBe(409);
    expect(await tus.offset(id)).toBe(0);
    for (const each of [id, other]) expect((await tus.call('DELETE', `/${each}`)).status).toBe(204);
  });

  it('speak tus 1.0.0', async () => {
    const tus = new Tus(app.url, 'schema-two');
    const old = await tus.call('POST', '', { headers: { 'tus-resumable': '0.2.2' } });
    expect([old.status, old.headers.get('tus-version')]).toEqual([412, '1.0.0']);
    const options = await tus.call('OPTIONS', '');
    expect([options.status, options.headers.get('tus-extension')]).toEqual([
      204,
      'creation,expiration,termination',
    ]);
    const response = await tus.create(4);
    const expires = new Date(response.headers.get('upload-expires') ?? '').getTime();
    expect(expires - Date.now()).toBeGreaterThan(80_000_000);
    const id = response.headers.get('location')?.split('/').at(-1) ?? '';
    const untyped = await tus.call('PATCH', `/${id}`, { body: 'four', headers: { 'upload-offset': '0' } });
    expect([400, 415]).toContain(untyped.status);
    const nameless = await fetch(`${app.url}/files/tus`, {
      method: 'POST',
      headers: { 'tus-resumable': '1.0.0' },
    });
    expect(nameless.status).toBe(400);
  });

  it('that lie of their type are rejected, and those whose time is over are gone, and cleaned up', async () => {
    const slug = 'row-two';
    const tus = new Tus(app.url, slug);
    const client = new FilesClient(app.url, slug);
    const lie = await tus.begin(7);
    expect((await tus.append(lie, 0, '<html/>')).status).toBe(204);
    expect((await client.call<FileView>('POST', `/${lie}/complete`)).body.state).toBe('rejected');
    const late = await tus.begin(8);
    expect((await tus.append(late, 0, 'half')).status).toBe(204);
    const waiting = await tus.begin(8);
    expect((await tus.append(waiting, 0, 'half')).status).toBe(204);
    await open.query(
      app,
      slug,
      `update tenant_files set upload_expires_at = now() - interval '2 hours' where id = any($1)`,
      [[lie, late]],
    );
    expect((await tus.append(late, 4, 'half')).status).toBe(404);
    const report = await open.as(slug, () => app.app.get(FilesCleanUp).run());
    expect(report).toEqual({ purged: 2, resumed: 0, removedUploads: 0, removedContents: 0, thumbnails: 0 });
    expect((await open.stored(slug)).filter((key) => key.includes(late))).toEqual([]);
    expect(await tus.offset(waiting)).toBe(4);
    await tus.call('DELETE', `/${waiting}`);
  });
});
