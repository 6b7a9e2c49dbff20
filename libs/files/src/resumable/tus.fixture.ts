import { request } from 'node:http';
import { Upload, type UploadOptions } from 'tus-js-client';
import { until } from '../../../../test/support/until.js';

export const MIB = 2 ** 20;
const METADATA = { filename: 'notes.txt', filetype: 'text/plain', module: 'notes', description: 'Über' };
/** More than a part. */
export const content = Buffer.from('0123456789abcdef'.repeat((9 * MIB) / 16)).subarray(0, 9 * MIB - 5);

/** A client of tus, as browsers have it. */
export function send(
  url: string,
  slug: string,
  bytes: Buffer,
  options: Partial<UploadOptions> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes as unknown as Blob, {
      endpoint: `${url}/files/tus`,
      headers: { 'x-tenant-id': slug },
      metadata: METADATA,
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(upload.url?.split('/').at(-1) ?? ''),
      ...options,
    });
    upload.start();
  });
}

interface TusCall {
  readonly body?: Buffer | string;
  readonly headers?: Record<string, string>;
}

const base64 = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');

/** Single requests of tus, right ones and wrong ones. */
export class Tus {
  constructor(
    readonly url: string,
    readonly slug: string,
  ) {}

  call(method: string, path: string, { body, headers = {} }: TusCall = {}): Promise<Response> {
    return fetch(`${this.url}/files/tus${path}`, {
      method,
      headers: { 'x-tenant-id': this.slug, 'tus-resumable': '1.0.0', ...headers },
      ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)) }),
    });
  }

  create(length: number | string, fields: Partial<typeof METADATA> = {}): Promise<Response> {
    const headers = {
      'upload-length': String(length),
      'upload-metadata': base64({ ...METADATA, ...fields }),
    };
    return this.call('POST', '', { headers });
  }

  async begin(length: number): Promise<string> {
    const response = await this.create(length);
    expect(response.status).toBe(201);
    return response.headers.get('location')?.split('/').at(-1) ?? '';
  }

  append(id: string, offset: number, body: Buffer | string): Promise<Response> {
    const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) };
    return this.call('PATCH', `/${id}`, { body, headers });
  }

  async offset(id: string): Promise<number> {
    const response = await this.call('HEAD', `/${id}`);
    expect(response.status).toBe(200);
    return Number(response.headers.get('upload-offset'));
  }

  /** Sends the beginning of a request, and cuts the connection when the app has kept something of it. */
  async cut(id: string, bytes: Buffer, announced: number): Promise<number> {
    const patch = request(`${this.url}/files/tus/${id}`, {
      method: 'PATCH',
      headers: {
        'x-tenant-id': this.slug,
        'tus-resumable': '1.0.0',
        'content-type': 'application/offset+octet-stream',
        'upload-offset': '0',
        'content-length': announced,
      },
    });
    patch.on('error', () => {});
    patch.write(bytes);
    await until(async () => (await this.offset(id)) > 0);
    patch.destroy();
    await until(() => patch.closed);
    return this.offset(id);
  }
}
