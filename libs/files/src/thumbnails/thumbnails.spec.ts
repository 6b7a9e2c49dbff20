import { join } from 'node:path';
import { exportToFile, importTenant } from '@rowhouse/transfer';
import sharp from 'sharp';
import { until } from '../../../../test/support/until.js';
import { FilesCleanUp } from '../clean-up.js';
import { FilesClient, FilesDeployment, ISOLATIONS, PLATFORMS, SECRET } from '../files.fixture.js';
import { tenantFiles } from '../tenant-files-companion.js';
import { FileThumbnails } from './thumbnails.js';

let open: FilesDeployment;
beforeAll(async () => {
  open = await FilesDeployment.open();
});
afterAll(() => open?.close());

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } });
const PICTURE = { filename: 'harbour.png', contentType: 'image/png' };
const options = {
  types: ['image/png', 'image/jpeg', 'image/svg+xml', 'text/plain'],
  thumbnails: { sizePx: 32, maxPixels: 10_000 },
};

describe.each(PLATFORMS)('thumbnails on %s', (platform) => {
  it.each(ISOLATIONS)(
    'are made of pictures and go with them, of a tenant with isolation %s',
    async (isolation) => {
      const app = await open.app({ platform, files: options });
      const client = new FilesClient(app.url, `${isolation}-one`);
      const other = new FilesClient(app.url, `${isolation}-two`);
      const get = (from: FilesClient, id: string) =>
        fetch(`${from.url}/files/${id}/thumbnail`, { headers: { 'x-tenant-id': from.tenant } });
      const { id } = await client.put(await picture(100, 50).png().toBuffer(), PICTURE);
      await until(async () => (await get(client, id)).status === 200);
      const response = await get(client, id);
      expect(response.headers.get('content-type')).toBe('image/webp');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const { format, width, height } = await sharp(await response.arrayBuffer()).metadata();
      expect({ format, width, height }).toEqual({ format: 'webp', width: 32, height: 16 });
      expect((await get(other, id)).status).toBe(404);
      await client.call('DELETE', `/${id}`);
      expect((await get(client, id)).status).toBe(404);
      expect((await client.call('POST', `/${id}/purge`)).status).toBe(204);
      expect((await open.stored(client.tenant)).filter((key) => key.includes(id))).toEqual([]);
    },
  );
});

it('there are none of pictures with too many pixels, of broken ones, of SVG, and of what is no picture', async () => {
  const app = await open.app({ files: options });
  const client = new FilesClient(app.url, 'row-one');
  const jpeg = await picture(90, 90).jpeg().toBuffer();
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
  for (const [content, fields] of [
    [await picture(101, 100).png().toBuffer(), PICTURE],
    [jpeg.subarray(0, jpeg.length / 2), { filename: 'half.jpg', contentType: 'image/jpeg' }],
    [svg, { filename: 'x.svg', contentType: 'image/svg+xml' }],
    ['text', {}],
  ] as const) {
    const { id, state } = await client.put(content, fields);
    expect(state).toBe('ready');
    expect(await open.as('row-one', () => app.app.get(FileThumbnails).create(id))).toBe(false);
    expect((await client.call('GET', `/${id}/thumbnail`)).status).toBe(404);
    const left = (await open.stored('row-one')).filter((key) => key.includes(id));
    expect(left.filter((key) => key.endsWith('.webp'))).toEqual([]);
    expect((await client.call('POST', `/${id}/purge`)).status).toBe(204);
    expect((await open.stored('row-one')).filter((key) => key.includes(id))).toEqual([]);
  }
});

it.each(ISOLATIONS)(
  'the clean-up has made what is missing, of a tenant with isolation %s',
  async (isolation) => {
    await open.closeApps();
    const before = new FilesClient((await open.app()).url, `${isolation}-two`);
    const { id } = await before.put(await picture(100, 50).png().toBuffer(), PICTURE);
    const half = (await picture(90, 90).png().toBuffer()).subarray(0, 100);
    const broken = await before.put(half, PICTURE);
    // All processes that work on jobs have the option, or none.
    await open.closeApps();
    const app = await open.app({ files: options });
    const clean = (slug: string) => open.as(slug, () => app.app.get(FilesCleanUp).run());
    const storedOf = async (slug: string) =>
      (await open.stored(slug)).map((key) => key.split('.').slice(-2).join('.'));
    // They are older than the option.
    expect(await clean(before.tenant)).toMatchObject({ thumbnails: 2 });
    const made = ['png', 'png', 'thumbnail.none', 'thumbnail.webp'];
    const isMade = async (slug: string) => (await storedOf(slug)).length === made.length;
    await until(() => isMade(before.tenant));
    expect(await clean(before.tenant)).toMatchObject({ thumbnails: 0 });

    // They were imported.
    const storage = { folder: open.folder, url: `${app.url}/files`, secret: SECRET };
    const fleet = await open.fleet({ companions: [tenantFiles({ storage })] });
    const archive = join(open.folder, `${isolation}.tar.gz`);
    await exportToFile(fleet, open.tenant(before.tenant), archive);
    const slug = `${isolation}-imported`;
    const target = isolation === 'row' ? 'schema' : isolation;
    open.tenants.set(slug, (await importTenant(fleet, archive, { slug, isolation: target })).tenant);
    expect(await clean(slug)).toMatchObject({ thumbnails: 2 });
    await until(() => isMade(slug));
    const client = new FilesClient(app.url, slug);
    for (const [of, status] of [
      [id, 200],
      [broken.id, 404],
    ] as const)
      expect(
        (await fetch(`${client.url}/files/${of}/thumbnail`, { headers: { 'x-tenant-id': slug } })).status,
      ).toBe(status);
  },
);
