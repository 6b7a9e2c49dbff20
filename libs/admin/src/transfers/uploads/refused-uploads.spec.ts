import { OneConnection } from '../../../../../test/support/one-connection.js';
import { AdminDeployment, PLATFORMS } from '../../admin-app.fixture.js';

/** More than what sockets and streams hold between a client and the app. */
const LARGE = Buffer.alloc(24 * 2 ** 20, 'large ');
const OPERATOR = { authorization: 'Bearer operator' };

let deployment: AdminDeployment;
beforeAll(async () => {
  deployment = await AdminDeployment.open();
});
afterAll(() => deployment?.close());

describe.each(PLATFORMS)('after an upload that is refused in its middle, on %s', (platform) => {
  let app: Awaited<ReturnType<AdminDeployment['start']>>;
  let connection: OneConnection;
  beforeAll(async () => {
    app = await deployment.start({ platform, transfers: { maxUploadBytes: 2_000 } });
  });
  beforeEach(() => {
    connection = new OneConnection(app.url);
  });
  afterEach(() => connection.close());

  /** The next request on the connection is answered. */
  async function requireAlive(): Promise<void> {
    expect(await connection.call('GET', `${app.url}/admin/tenants`, OPERATOR)).toBe(200);
  }

  it('of an archive in one request, the connection serves the next request', async () => {
    const headers = { ...OPERATOR, 'content-type': 'application/gzip' };
    // In its middle, and before anything of it was read.
    const inParts: Record<string, string> = { 'transfer-encoding': 'chunked' };
    for (const more of [inParts, {}]) {
      expect(
        await connection.call('POST', `${app.url}/admin/imports/upload`, { ...headers, ...more }, LARGE),
      ).toBe(413);
      await requireAlive();
    }
  });

  it('of a part, the connection serves the next request', async () => {
    const begun = await app.call('POST', 'uploads', {
      role: 'operator',
      headers: { 'tus-resumable': '1.0.0', 'upload-length': '1000' },
    });
    const headers = (offset: number) => ({
      ...OPERATOR,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(offset),
    });
    const url = `${app.url}/admin/uploads/${begun.body.id}`;
    for (const [offset, status] of [
      [5, 409],
      [0, 413],
    ] as const) {
      expect(await connection.call('PATCH', url, headers(offset), LARGE)).toBe(status);
      await requireAlive();
    }
    const gone = `${app.url}/admin/uploads/11111111-1111-4111-8111-111111111111`;
    expect(await connection.call('PATCH', gone, headers(0), LARGE)).toBe(404);
    await requireAlive();
  });
});
