import { createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { scan } from './clamd.js';

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** Answers as clamd would when it has read everything, or at once. */
async function listen(answer: string | undefined, { isEarly = false } = {}) {
  const received: Buffer[] = [];
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (isEarly) socket.end(answer ?? '');
    socket.on('data', (bytes) => {
      received.push(bytes);
      const all = Buffer.concat(received);
      if (!isEarly && answer !== undefined && all.subarray(-4).equals(Buffer.alloc(4))) socket.end(answer);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { received, clamd: { host: '127.0.0.1', port } };
}

const content = () => Readable.from([Buffer.from('Hel'), Buffer.from('lo')]);

describe('a scan by clamd', () => {
  it('sends each chunk after its length, and zero at the end', async () => {
    const { clamd, received } = await listen('stream: OK\0');
    expect(await scan(content(), { clamd })).toEqual({ found: undefined });
    expect(Buffer.concat(received).toString('latin1')).toBe('zINSTREAM\0\0\0\0\x03Hel\0\0\0\x02lo\0\0\0\0');
  });

  it('says what was found', async () => {
    const { clamd } = await listen('stream: Win.Test.EICAR_HDB-1 FOUND\0');
    expect(await scan(content(), { clamd })).toEqual({ found: 'Win.Test.EICAR_HDB-1' });
  });

  it.each([
    ['INSTREAM size limit exceeded. ERROR\0', 'Set StreamMaxLength'],
    ["stream: Can't allocate memory ERROR\0", 'allocate'],
    ['', 'nothing'],
    ['stream: OK', 'OK'],
    ['stream: OK FOUN', 'OK FOUN'],
    ['UNKNOWN COMMAND\0', 'UNKNOWN'],
  ])('takes nothing else for clean: %j', async (answer, reason) => {
    const { clamd } = await listen(answer);
    await expect(scan(content(), { clamd })).rejects.toMatchObject({
      code: 'FILE_SCAN_FAILED',
      message: expect.stringContaining(reason),
    });
  });

  it('ends when clamd answers before it has read everything', async () => {
    const { clamd } = await listen('INSTREAM size limit exceeded. ERROR\0', { isEarly: true });
    async function* endless() {
      for (;;) yield Buffer.alloc(65_536);
    }
    const scanned = scan(Readable.from(endless()), { clamd });
    await expect(scanned).rejects.toMatchObject({ code: 'FILE_SCAN_FAILED' });
  });

  it('takes no answer for one about what was not sent', async () => {
    const { clamd } = await listen('stream: OK\0', { isEarly: true });
    async function* endless() {
      for (;;) yield Buffer.alloc(65_536);
    }
    await expect(scan(Readable.from(endless()), { clamd })).rejects.toMatchObject({
      code: 'FILE_SCAN_FAILED',
    });
  });

  it('ends when clamd is silent, is not there, or nobody waits any more', async () => {
    const { clamd } = await listen(undefined);
    await expect(scan(content(), { clamd, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'FILE_SCAN_FAILED',
    });
    const control = new AbortController();
    const scanned = scan(content(), { clamd }, control.signal);
    control.abort();
    await expect(scanned).rejects.toMatchObject({ code: 'FILE_SCAN_FAILED' });
    await expect(scan(content(), { clamd: { socket: '/nowhere/clamd' } })).rejects.toMatchObject({
      code: 'FILE_SCAN_FAILED',
    });
  });

  it('fails when the content breaks off', async () => {
    const { clamd } = await listen('stream: OK\0');
    async function* broken() {
      yield Buffer.from('Hel');
      throw new Error('the disk is gone');
    }
    await expect(scan(Readable.from(broken()), { clamd })).rejects.toThrow('the disk is gone');
  });
});
