import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FilesCleanUp } from './clean-up.js';
import { type FilesApp, FilesClient, FilesDeployment, ISOLATIONS, NOTE, send } from './files.fixture.js';
import type { FileView } from './nest/file-view.js';

let open: FilesDeployment;
let app: FilesApp;
beforeAll(async () => {
  open = await FilesDeployment.open();
  app = await open.app();
});
afterAll(() => open.close());

describe.each(ISOLATIONS)('a clean-up of a tenant with isolation %s', (isolation) => {
  const slug = `${isolation}-one`;
  let client: FilesClient;
  beforeEach(async () => {
    client = new FilesClient(app.url, slug);
    for (const { id } of (await client.call<{ items: FileView[] }>('GET', '?limit=200')).body.items)
      await client.call('POST', `/${id}/purge`);
  });
  const clean = () => open.as(slug, () => app.app.get(FilesCleanUp).run());
  const set = (id: string, values: string) =>
    open.query(app, slug, `update tenant_files set ${values} where id = $1`, [id]);
  const stateOf = async (id: string) => (await client.call<FileView>('GET', `/${id}`)).body.state;
  const NOTHING = { purged: 0, resumed: 0, removedUploads: 0, removedContents: 0, thumbnails: 0 };
  const LONG_AGO = "upload_expires_at = now() - interval '2 hours'";

  it('leaves alone what is under way, and what is served', async () => {
    const [waiting, ready] = [await client.upload('one'), await client.put('two')];
    const { id } = await client.upload('three');
    await set(
      id,
      "state = 'checking', claimed_until = now() + interval '1 minute', claim = gen_random_uuid()",
    );
    await client.call('DELETE', `/${(await client.put('four')).id}`);
    expect(await clean()).toEqual(NOTHING);
    expect(await stateOf(waiting.id)).toBe('pending');
    expect(await (await client.download(ready.id)).text()).toBe('two');
    expect(await client.call('POST', `/${id}/complete`)).toMatchObject({ status: 409 });
    expect(await client.call('POST', `/${id}/purge`)).toMatchObject({ status: 409 });
    await set(id, "state = 'pending'");
    expect((await client.call('POST', `/${id}/complete`)).body).toMatchObject({ state: 'ready' });
  });

  it('purges what was never completed, what was rejected, and what was deleted long ago', async () => {
    const never = await client.upload('never');
    const empty = (await client.presign({ ...NOTE, sizeBytes: 1 })).file;
    const rejected = await client.put('no picture', { contentType: 'image/png' });
    const deleted = await client.put('deleted');
    for (const { id } of [never, empty, rejected]) await set(id, LONG_AGO);
    await set(deleted.id, "deleted_at = now() - interval '31 days'");
    expect(await clean()).toEqual({ ...NOTHING, purged: 4 });
    expect(await clean()).toEqual(NOTHING);
    const rows = await open.query(app, slug, 'select from tenant_files where id = any($1)', [
      [never, empty, rejected, deleted].map(({ id }) => id),
    ]);
    expect(rows).toEqual([]);
    expect(
      (await open.stored(slug)).filter((key) => key.includes(deleted.id) || key.includes(never.id)),
    ).toEqual([]);
  });

  it('goes on with what a process that was killed has left: before and after the upload was moved', async () => {
    const killed = `state = 'checking', claim = gen_random_uuid(), claimed_until = now() - interval '1 minute'`;
    const before = await client.upload('before');
    const after = await client.put('after');
    const purging = await client.put('purging');
    // Its URL might still bring another content.
    const early = await client.upload('early');
    await set(before.id, `${killed}, ${LONG_AGO}`);
    await set(after.id, `${killed}, ${LONG_AGO}, sha256 = null`);
    await set(early.id, killed);
    await set(purging.id, "state = 'purging'");
    expect((await client.call('GET', `/${after.id}/download`)).status).toBe(409);
    expect((await client.call('GET', `/${purging.id}`)).status).toBe(404);
    expect(await clean()).toEqual({ ...NOTHING, resumed: 2, purged: 1 });
    for (const { id } of [before, after]) expect(await stateOf(id)).toBe('ready');
    expect(await (await client.download(after.id)).text()).toBe('after');
    expect(await stateOf(early.id)).toBe('checking');
    expect((await client.call('POST', `/${early.id}/complete`)).status).toBe(409);
    expect(await open.query(app, slug, 'select from tenant_files where id = $1', [purging.id])).toEqual([]);
  });

  it('removes uploads that no file waits for, and parts of uploads that were cut off', async () => {
    const folder = join(open.folder, open.tenant(slug).id, '.uploads');
    const { file, upload } = await client.presign({ ...NOTE, sizeBytes: 4 });
    await send(upload, Buffer.from('kept'));
    await mkdir(folder, { recursive: true });
    const parts = [`${file.id}.old.part`, `${file.id}.new.part`, '11111111-1111-4111-8111-111111111111'];
    for (const name of parts) await writeFile(join(folder, name), 'x');
    const [old = ''] = parts;
    await utimes(join(folder, old), 0, 0);
    expect(await clean()).toEqual({ ...NOTHING, removedUploads: 2 });
    expect((await readdir(folder)).filter((name) => name.startsWith(file.id)).sort()).toEqual(
      [file.id, `${file.id}.new.part`].sort(),
    );
  });

  it('removes contents that no file has, and parts of them, when they are old; another tenant keeps its own', async () => {
    const kept = await client.put('kept', { filename: 'name.part' });
    const [key = ''] = (await open.stored(slug)).filter((one) => one.includes(kept.id));
    const place = (name: string) => join(open.folder, dirname(key), name);
    const id = '22222222-2222-4222-8222-222222222222';
    const left = [`${id}-old.txt`, `${kept.id}-name.part.${id}.part`];
    for (const name of [...left, `${id}-new.txt`]) await writeFile(place(name), 'x');
    for (const name of left) await utimes(place(name), 0, 0);
    await utimes(join(open.folder, key), 0, 0);
    expect(await clean()).toMatchObject({ removedContents: 2 });
    expect(await (await client.download(kept.id)).text()).toBe('kept');
    await rm(place(`${id}-new.txt`));
  });

  it('counts what a tenant has against the quota of its plan, and no more once it is purged', async () => {
    const plans = { free: { quotas: { fileBytes: 10 } } };
    const { url } = await open.app({ platform: 'express', tenancy: { plans } });
    const other = new FilesClient(url, `${isolation}-two`);
    const presign = (sizeBytes: number) => other.call('POST', '/upload/presign', { ...NOTE, sizeBytes });
    const all = await Promise.all(Array.from({ length: 5 }, () => presign(4)));
    expect(all.map(({ status }) => status).sort()).toEqual([201, 201, 403, 403, 403]);
    expect(all.find(({ status }) => status === 403)?.body).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    const made = all.find(({ status }) => status === 201)?.body as { file: FileView };
    await other.call('DELETE', `/${made.file.id}`);
    expect((await presign(3)).status).toBe(403);
    await other.call('POST', `/${made.file.id}/purge`);
    expect((await presign(6)).status).toBe(201);
  });
});
