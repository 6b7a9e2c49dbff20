import { type ChildProcess, fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../../test/support/free-port.js';
import { until } from '../../../../test/support/until.js';
import { FilesClient, type FilesDeployment } from '../files.fixture.js';
import type { FilesStorageOptions } from '../store/storage-options.js';
import { MIB, Tus } from './tus.fixture.js';

/** `UPLOAD_BYTES` says how large the upload is: 5000000000 for the size that matters. */
const SIZE = Number(process.env['UPLOAD_BYTES'] ?? 64 * MIB + 5);

/** To ask for the offset reads a folder with all parts. */
const POLL_MS = 50;

/** Text that nobody can compress, with the number of the block at its beginning. */
class Content {
  readonly #block = Buffer.from(randomBytes((MIB * 3) / 4).toString('base64'));

  async *from(offset: number, end = SIZE): AsyncGenerator<Buffer> {
    for (let at = offset; at < end; ) {
      const block = Buffer.from(this.#block);
      block.write(String(Math.floor(at / MIB)).padStart(16, '0'));
      const part = block.subarray(at % MIB, Math.min(MIB, (at % MIB) + end - at));
      yield part;
      at += part.length;
    }
  }
}

/** An app in a process of its own. */
class Server {
  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(program: string, settings: object, port: number): Promise<Server> {
    const child = fork(program, [JSON.stringify({ ...settings, port })], {
      env: { ...process.env, NODE_OPTIONS: '' },
      execArgv: [],
    });
    await once(child, 'message');
    return new Server(child, `http://127.0.0.1:${port}`);
  }

  async peakKb(): Promise<number> {
    const answered = once(this.child, 'message');
    this.child.send('peak');
    const [peakKb] = await answered;
    return Number(peakKb);
  }

  async kill(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

interface Append {
  /** Of the answer; nothing when the connection was cut. */
  readonly status: Promise<number | undefined>;
  cut(): void;
}

/** Sends what follows an offset. */
function append(tus: Tus, id: string, offset: number, content: Readable): Append {
  const patch = request(`${tus.url}/files/tus/${id}`, {
    method: 'PATCH',
    headers: {
      'x-tenant-id': tus.slug,
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(offset),
      'content-length': SIZE - offset,
    },
  });
  const status = new Promise<number | undefined>((resolve) => {
    patch.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    patch.on('error', () => {});
    patch.on('close', () => resolve(undefined));
  });
  content.pipe(patch);
  return { status, cut: () => patch.destroy() };
}

/** Goes on until most of what is before the end is kept. The end of a request that was cut may be kept a moment later: then it begins anew. */
async function begin(tus: Tus, id: string, content: Content, end: number): Promise<Append> {
  for (;;) {
    const offset = await tus.offset(id);
    const sent = append(tus, id, offset, Readable.from(content.from(offset, end)));
    let status: number | undefined;
    sent.status.then((answered) => {
      status = answered;
    });
    const isKept = async () => {
      await delay(POLL_MS);
      return (await tus.offset(id)) >= end - 16 * MIB;
    };
    await until(async () => status !== undefined || (await isKept()));
    if (status !== 409) return sent;
  }
}

export interface LargeUpload {
  readonly bytes: number;
  readonly seconds: number;
  /** The most memory that one of the apps has had. */
  readonly peakMib: number;
}

/**
 * Uploads a large file by tus. The connection is cut after a third, and the app is killed after two; each time it goes on behind what was
 * kept. What is downloaded in the end has the checksum of what was sent.
 */
export async function uploadLarge(
  program: string,
  open: FilesDeployment,
  slug: string,
  storageAt: (url: string) => FilesStorageOptions,
): Promise<LargeUpload> {
  const port = await freePort();
  const { roles, ownerUrl, database } = open;
  const storage = storageAt(`http://127.0.0.1:${port}/files`);
  const start = () => Server.start(program, { url: database.loginUrl, ownerUrl, roles, storage }, port);
  let server = await start();
  const peaks: number[] = [];
  try {
    const [tus, client] = [new Tus(server.url, slug), new FilesClient(server.url, slug)];
    const content = new Content();
    const startedAt = Date.now();
    const id = await tus.begin(SIZE);
    const cut = await begin(tus, id, content, Math.floor(SIZE / 3));
    cut.cut();
    expect(await cut.status).toBeUndefined();
    const killed = await begin(tus, id, content, Math.floor((SIZE * 2) / 3));
    peaks.push(await server.peakKb());
    await server.kill();
    expect(await killed.status).toBeUndefined();

    server = await start();
    const last = await tus.offset(id);
    expect(last).toBeGreaterThan(SIZE / 3);
    expect(await append(tus, id, last, Readable.from(content.from(last))).status).toBe(204);
    const hash = createHash('sha256');
    for await (const block of content.from(0)) hash.update(block);
    const sha256 = hash.digest('hex');
    const completed = await client.call('POST', `/${id}/complete`, { sha256 });
    expect(completed.body).toMatchObject({ state: 'ready', sizeBytes: SIZE, sha256 });
    const seconds = (Date.now() - startedAt) / 1_000;
    const received = createHash('sha256');
    for await (const bytes of (await client.download(id)).body as AsyncIterable<Uint8Array>)
      received.update(bytes);
    expect(received.digest('hex')).toBe(sha256);
    peaks.push(await server.peakKb());
    return { bytes: SIZE, seconds, peakMib: Math.max(...peaks) / 1_024 };
  } finally {
    await server.kill();
  }
}

/** Whatever the size of the upload: an app that has started, some parts, and what the garbage collector has not found yet. */
export const MAX_PEAK_MIB = 450;
