import { connect, type Socket } from 'node:net';
import { until } from '../../../../test/support/until.js';
import { type FilesApp, FilesClient, FilesDeployment, NOTE, PLATFORMS } from '../files.fixture.js';
import { Tus } from '../resumable/tus.fixture.js';

/** More than what sockets and streams hold between a client and the app. */
const LARGE = Buffer.alloc(24 * 2 ** 20, 'large ');

let open: FilesDeployment;
beforeAll(async () => {
  open = await FilesDeployment.open();
});
afterAll(() => open?.close());

/** Requests over one connection, each sent as a whole, whatever the app answers meanwhile. */
class OneConnection {
  readonly #socket: Socket;
  #received = '';
  #answers = 0;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on('data', (bytes) => {
      this.#received += bytes;
    });
    this.#socket.on('error', () => {});
  }

  /** @returns the status. */
  async call(method: string, url: string, headers: Record<string, string>, body?: Buffer): Promise<number> {
    const { pathname, search, host } = new URL(url);
    const isChunked = headers['transfer-encoding'] === 'chunked';
    const lines = Object.entries({
      host,
      ...headers,
      ...(body && !isChunked && { 'content-length': body.length }),
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`);
    if (isChunked) this.#socket.write(`${body?.length.toString(16)}\r\n`);
    if (body) this.#socket.write(body);
    if (isChunked) this.#socket.write('\r\n0\r\n\r\n');
    this.#answers += 1;
    const statuses = () => [...this.#received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);
    await until(() => statuses().length === this.#answers || this.#socket.closed);
    return Number(statuses()[this.#answers - 1]);
  }

  close(): void {
    this.#socket.destroy();
  }
}

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
