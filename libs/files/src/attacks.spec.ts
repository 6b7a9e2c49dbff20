/** @suite postgres15 */
import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import {
  type FilesApp,
  FilesClient,
  FilesDeployment,
  ISOLATIONS,
  NOTE,
  PNG,
  SECRET,
  send,
} from './files.fixture.js';
import type { FileView } from './nest/file-view.js';
import { SignedUrls } from './store/signed-urls.js';

let open: FilesDeployment;
let app: FilesApp;
beforeAll(async () => {
  open = await FilesDeployment.open();
  app = await open.app({
    platform: 'express',
    files: { types: ['text/plain', 'image/png', 'application/zip', 'application/json'] },
  });
});
afterAll(() => open.close());

const SECRET_TEXT = 'of the victim alone';

/** A key with what an attacker put between its parts would lead elsewhere. */
const NAMES = [
  '../../../etc/passwd',
  '..\\..\\windows\\system32\\x.txt',
  '%2e%2e%2f%2e%2e%2fx.txt',
  '....//....//x.txt',
  'x/../../../other/y.txt',
  'a\u0000b.txt',
  '.uploads',
  '..',
  '\u202Etxt.exe',
  'x\r\nSet-Cookie: a=b.txt',
  '"; filename="x.html',
  'ｘ．．／．．／y.txt',
  'x'.repeat(900),
] as const;

/** Content that is not what it is announced as. */
const LIES: readonly (readonly [type: string, content: Buffer | string])[] = [
  ['image/png', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
  ['text/plain', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
  ['text/plain', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['text/plain', ' \n<!-- x --><!DOCTYPE html><script>alert(1)</script>'],
  ['application/json', '<html><script>alert(1)</script></html>'],
  ['text/plain', PNG],
  ['image/png', Buffer.from('MZ\u0090\u0000\u0003\u0000\u0000\u0000', 'latin1')],
  ['image/png', Buffer.concat([Buffer.from('GIF89a'), PNG])],
  ['application/zip', '#!/bin/sh\nrm -rf /'],
  ['text/plain', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3])],
];

describe.each(ISOLATIONS)('a tenant with isolation %s', (isolation) => {
  let victim: FilesClient;
  let attacker: FilesClient;
  let file: FileView;
  let pending: FileView;
  let urls: SignedUrls;
  const [victimSlug, attackerSlug] = [`${isolation}-one`, `${isolation}-two`];
  beforeAll(async () => {
    [victim, attacker] = [new FilesClient(app.url, victimSlug), new FilesClient(app.url, attackerSlug)];
    file = await victim.put(SECRET_TEXT);
    pending = await victim.upload(SECRET_TEXT);
    urls = new SignedUrls(`${app.url}/files`, SECRET);
  });
  const urlOf = async (id: string) => (await victim.call<{ url: string }>('GET', `/${id}/download`)).body.url;
  const get = async (url: string) => (await fetch(url)).status;

  it("reaches nothing by ids of another's files", async () => {
    for (const { id } of [file, pending])
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/download'],
        ['POST', '/complete'],
        ['DELETE', ''],
        ['POST', '/restore'],
        ['POST', '/purge'],
      ] as const)
        expect(await attacker.call(method, `/${id}${path}`)).toMatchObject({
          status: 404,
          body: { code: 'FILE_NOT_FOUND' },
        });
    const { body } = await attacker.call<{ items: FileView[] }>('GET', '?limit=200');
    expect(body.items.map(({ id }) => id)).not.toContain(file.id);
    const { body: own } = await victim.call<{ items: FileView[] }>('GET', '?limit=1');
    const cursor = Buffer.from(JSON.stringify([own.items[0]?.createdAt, file.id])).toString('base64url');
    expect(JSON.stringify(await attacker.call('GET', `?cursor=${cursor}`))).not.toContain(file.id);
    expect((await victim.call('GET', `/${file.id}`)).body).toEqual(file);
  });

  it.each(NAMES)('writes nowhere but to its own folder: %j', async (filename) => {
    const made = await attacker.put('mine', { filename });
    expect(made.state).toBe('ready');
    expect(made.name).not.toMatch(/[/\\\r\n\0\u202e]/);
    const key = (await open.stored(attackerSlug)).find((one) => one.includes(made.id)) ?? '';
    const { id } = open.tenant(attackerSlug);
    expect(key).toMatch(new RegExp(`^${id}/notes/\\d{4}/\\d\\d/\\d\\d/${made.id}-[A-Za-z0-9._-]{1,100}$`));
    expect(key).not.toContain('..');
    const response = await attacker.download(made.id);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="[^"\\\r\n]*"; filename\*=UTF-8''[\w.~!#$&+^`|%-]+$/,
    );
    expect(await response.text()).toBe('mine');
  });

  it.each(['../notes', '.uploads', 'a/b', '%2e%2e', 'A', '', 'x'.repeat(41), 'a\0'])(
    'has no module %j',
    async (module) => {
      const answer = await attacker.call('POST', '/upload/presign', { ...NOTE, module, sizeBytes: 1 });
      expect(answer).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
    },
  );

  it.each(LIES)('cannot pass off something else as %s (%#)', async (contentType, content) => {
    const made = await attacker.put(content, { contentType });
    expect(made).toMatchObject({ state: 'rejected', sha256: null });
    expect((await attacker.call('GET', `/${made.id}/download`)).status).toBe(409);
    expect((await open.stored(attackerSlug)).some((key) => key.includes(made.id))).toBe(false);
  });

  it('reads and writes with no URL that was altered, is of another use, or has expired', async () => {
    const url = await urlOf(file.id);
    const soon = new Date(Date.now() + 60_000);
    const { id: tenantId } = open.tenant(victimSlug);
    const { id: attackerId } = open.tenant(attackerSlug);
    const own = await attacker.put('mine');
    const ownUrl = (await attacker.call<{ url: string }>('GET', `/${own.id}/download`)).body.url;
    const forged = new SignedUrls(`${app.url}/files`, 'another secret, of more than 32 letters');
    const at = (moment: Date) => urls.sign('get', { tenantId, fileId: file.id }, moment);
    const bad = [
      url.replace('get.', 'put.'),
      url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      url.slice(0, -1),
      `${url}A`,
      url.replace(/\.(\d{10})\./, (_, seconds) => `.${Number(seconds) + 9_999}.`),
      url.replace(tenantId, attackerId),
      ownUrl.replace(own.id, file.id),
      ownUrl.replace(attackerId, tenantId).replace(own.id, file.id),
      `${url}&token=x`,
      url.replace('token=', 'token[]='),
      url.replace('token=', 'other='),
      forged.sign('get', { tenantId, fileId: file.id }, soon),
      at(new Date(Date.now() - 1_000)),
      at(new Date(0)),
      urls.sign('put', { tenantId, fileId: file.id }, soon),
    ];
    for (const one of bad) expect([one, await get(one)]).toEqual([one, 403]);
    // Signed as it should be, and naming what there is not.
    expect(await get(urls.sign('get', { tenantId: attackerId, fileId: file.id }, soon))).toBe(404);
    expect(await get(urls.sign('get', { tenantId, fileId: randomUUID() }, soon))).toBe(404);
    expect(await get(urls.sign('get', { tenantId: randomUUID(), fileId: file.id }, soon))).toBe(404);
    const write = async (token: string) =>
      (
        await send(
          {
            method: 'PUT',
            url: token,
            fields: {},
            headers: { 'content-type': 'application/vnd.rowhouse.upload' },
          },
          Buffer.from('x'),
        )
      ).status;
    expect(await write(url)).toBe(403);
    expect(await write(urls.sign('put', { tenantId, fileId: pending.id }, new Date(0)))).toBe(403);
    expect(await write(urls.sign('put', { tenantId: attackerId, fileId: pending.id }, soon))).toBe(404);
    expect(await (await fetch(url)).text()).toBe(SECRET_TEXT);
  });

  it('finds no way to a folder by the routes of content', async () => {
    for (const path of [
      '/content/../../../etc/passwd',
      '/content?token=../../x',
      '/content/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      `/content/${open.tenant(victimSlug).id}/notes`,
      '/content?token=get.%2e%2e.x.1.y',
    ])
      expect([401, 403, 404]).toContain(await get(`${app.url}/files${path}`));
  });

  it('gets nothing more from a URL when its file is deleted, and everything again when it is restored', async () => {
    const made = await victim.put('of a moment');
    const url = await urlOf(made.id);
    await victim.call('DELETE', `/${made.id}`);
    expect(await get(url)).toBe(404);
    await victim.call('POST', `/${made.id}/restore`);
    expect(await get(url)).toBe(200);
    await victim.call('POST', `/${made.id}/purge`);
    expect(await get(url)).toBe(404);
  });

  it('leaves nothing and serves nothing, whoever is first of a completion, a deletion and a purge', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { id } = await victim.upload('of a race');
      const answers = await Promise.all([
        victim.call('POST', `/${id}/complete`),
        victim.call('POST', `/${id}/complete`),
        victim.call('DELETE', `/${id}`),
        victim.call('POST', `/${id}/purge`),
        victim.call('POST', `/${id}/purge`),
      ]);
      for (const { status } of answers) expect([200, 204, 404, 409]).toContain(status);
      await victim.call('POST', `/${id}/purge`);
      expect((await victim.call('GET', `/${id}`)).status).toBe(404);
      expect((await open.stored(victimSlug)).filter((key) => key.includes(id))).toEqual([]);
    }
  });

  it('changes nothing of a file after it was checked, by its upload URL', async () => {
    const { file: made, upload } = await attacker.presign({ ...NOTE, sizeBytes: 4 });
    await send(upload, Buffer.from('good'));
    const [, late] = await Promise.all([
      attacker.call('POST', `/${made.id}/complete`),
      send(upload, Buffer.from('evil')),
    ]);
    expect([204, 409]).toContain(late.status);
    const { body } = await attacker.call<FileView>('GET', `/${made.id}`);
    expect((await send(upload, Buffer.from('evil'))).status).toBe(409);
    const key = (await open.stored(attackerSlug)).find((one) => one.includes(`${made.id}-`)) ?? '';
    const { createHash } = await import('node:crypto');
    expect(
      createHash('sha256')
        .update(await readFile(join(open.folder, key)))
        .digest('hex'),
    ).toBe(body.sha256);
  });

  it('reaches nothing by rows that it alters, which only SQL of its own could do', async () => {
    const made = await attacker.put('mine');
    const { id } = open.tenant(victimSlug);
    for (const module of [`../${id}/notes`, `x/../../${id}/notes`, '.uploads']) {
      await open.query(app, attackerSlug, 'update tenant_files set module = $1 where id = $2', [
        module,
        made.id,
      ]);
      expect((await attacker.call('GET', `/${made.id}/download`)).status).toBe(404);
      expect((await attacker.call('POST', `/${made.id}/purge`)).status).toBe(404);
    }
    // The row of another tenant's file, as an import or a clone would bring it.
    await open.query(app, attackerSlug, 'update tenant_files set module = $1, name = $2 where id = $3', [
      'notes',
      '../../x',
      made.id,
    ]);
    await open.query(app, attackerSlug, 'delete from tenant_files where id = $1', [made.id]);
    if (isolation !== 'row') {
      await open.query(
        app,
        attackerSlug,
        `insert into tenant_files (id, module, name, content_type, size_bytes, state, sha256, created_at, upload_expires_at)
         values ($1, 'notes', 'note.txt', 'text/html', $2, 'ready', 'x', $3, now())`,
        [file.id, SECRET_TEXT.length, file.createdAt],
      );
      expect((await attacker.download(file.id)).status).toBe(404);
      expect((await attacker.call('POST', `/${file.id}/purge`)).status).toBe(204);
    }
    expect(await (await victim.download(file.id)).text()).toBe(SECRET_TEXT);
  });

  it('makes nothing larger than it sent: bombs are not opened', async () => {
    const bomb = zipOf('bomb', deflateSync(Buffer.alloc(20_000_000)).subarray(2, -4));
    const { rss } = process.memoryUsage();
    expect(await attacker.put(bomb, { contentType: 'application/zip' })).toMatchObject({
      state: 'ready',
      sizeBytes: bomb.length,
    });
    expect(process.memoryUsage().rss - rss).toBeLessThan(200 * 2 ** 20);
    const header = Buffer.from(PNG);
    header.writeUInt32BE(60_000, 16);
    header.writeUInt32BE(60_000, 20);
    expect(await attacker.put(header, { contentType: 'image/png' })).toMatchObject({ state: 'ready' });
  });

  it('keeps files from other users of the machine', async () => {
    const [key = ''] = await open.stored(victimSlug);
    expect((await stat(join(open.folder, key))).mode & 0o077).toBe(0);
    expect((await stat(join(open.folder, open.tenant(victimSlug).id))).mode & 0o077).toBe(0);
  });
});

/** An archive with one file, of which only the beginning matters. */
function zipOf(name: string, deflated: Buffer): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(deflated.length, 18);
  head.writeUInt32LE(20_000_000, 22);
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, Buffer.from(name), deflated]);
}
