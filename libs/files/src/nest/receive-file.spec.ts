import { OneConnection } from '../../../../test/support/one-connection.js';
import { type FilesApp, FilesClient, FilesDeployment, NOTE, PLATFORMS } from '../files.fixture.js';
import { Tus } from '../resumable/tus.fixture.js';

/** More than what sockets and streams hold between a client and the app. */
const LARGE = Buffer.alloc(24 * 2 ** 20, 'large ');

let open: FilesDeployment;
beforeAll(async () => {
  open = await FilesDeployment.open();
});
afterAll(() => open?.close());

describe.each(PLATFORMS)('after an upload that is refused in its middle, on %s', (platform) => {
  const slug = 'schema-one';
  const tusHeaders = (offset: number) => ({
    'x-tenant-id': slug,
    'tus-resumable': '1.0.0',
    'content-type': 'application/offset+octet-stream',
    'upload-offset': String(offset),
  });
  let app: FilesApp;
  let connection: OneConnection;
  beforeAll(async () => {
    app = await open.app({ platform });
  });
  beforeEach(() => {
    connection = new OneConnection(app.url);
  });
  afterEach(() => connection.close());

  /** The next request on the connection is answered. */
  async function requireAlive(): Promise<void> {
    expect(await connection.call('GET', `${app.url}/files`, { 'x-tenant-id': slug })).toBe(200);
  }

  it('to a signed URL, the connection serves the next request', async () => {
    const client = new FilesClient(app.url, slug);
    const { file, upload } = await client.presign({ ...NOTE, sizeBytes: 1_000 });
    const chunked = { ...upload.headers, 'transfer-encoding': 'chunked' };
    expect(await connection.call('PUT', upload.url, chunked, LARGE)).toBe(400);
    await requireAlive();
    // Before anything of it was read.
    expect(await connection.call('PUT', upload.url, { ...upload.headers }, LARGE)).toBe(400);
    await requireAlive();
    const small = Buffer.alloc(1_000, 'x');
    expect(await connection.call('PUT', upload.url, { ...upload.headers }, small)).toBe(204);
    expect((await client.call('POST', `/${file.id}/complete`)).body).toMatchObject({ state: 'ready' });
  });

  it('by tus, the connection serves the next request', async () => {
    const tus = new Tus(app.url, slug);
    const id = await tus.begin(1_000);
    const url = `${app.url}/files/tus/${id}`;
    for (const [offset, status] of [
      [0, 400],
      [5, 409],
    ] as const) {
      expect(await connection.call('PATCH', url, tusHeaders(offset), LARGE)).toBe(status);
      await requireAlive();
    }
    const gone = `${app.url}/files/tus/11111111-1111-4111-8111-111111111111`;
    expect(await connection.call('PATCH', gone, tusHeaders(0), LARGE)).toBe(404);
    await requireAlive();
    expect(await connection.call('PATCH', url, tusHeaders(0), Buffer.alloc(1_000, 'x'))).toBe(204);
  });
});
