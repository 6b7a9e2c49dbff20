import { once } from 'node:events';
import net from 'node:net';

interface FakePoolerOptions {
  readonly host: string;
  readonly port: number;
  /** False: it refuses BEGIN, as PgBouncer does with pool_mode = statement. */
  readonly keepsTransactions: boolean;
}

const SSL_REQUEST = 80_877_103;
const BACKEND_KEY_DATA = 'K'.charCodeAt(0);
const SIMPLE_QUERY = 'Q'.charCodeAt(0);

/**
 * A proxy in front of a server that invents process ids, by which poolers are recognised (manual, 55.7 "Message
 * Formats").
 */
export async function openFakePooler({ host, port, keepsTransactions }: FakePoolerOptions) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(port, host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    let isStarting = true;
    client.on('data', (bytes) => {
      if (isStarting && bytes.readInt32BE(4) !== SSL_REQUEST) isStarting = false;
      else if (!keepsTransactions && isBegin(bytes)) {
        client.write(refusal());
        return;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      client.write(withOtherProcessId(bytes));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function isBegin(bytes: Buffer): boolean {
  return bytes[0] === SIMPLE_QUERY && bytes.toString('utf8', 5, 10).toLowerCase() === 'begin';
}

function refusal(): Buffer {
  const fields = 'SERROR\0VERROR\0C08P01\0Mtransaction blocks not allowed in statement pooling mode\0\0';
  const error = Buffer.alloc(5);
  error.write('E');
  error.writeInt32BE(4 + Buffer.byteLength(fields), 1);
  return Buffer.concat([error, Buffer.from(fields), Buffer.from([0x5a, 0, 0, 0, 5, 0x49])]);
}

/** Messages of the log-in arrive whole on loopback: BackendKeyData is 13 bytes long and begins with K 0 0 0 12. */
function withOtherProcessId(bytes: Buffer): Buffer {
  for (let at = 0; at + 13 <= bytes.length; ) {
    const length = bytes.readInt32BE(at + 1);
    if (bytes[at] === BACKEND_KEY_DATA && length === 12) {
      const changed = Buffer.from(bytes);
      changed.writeInt32BE(changed.readInt32BE(at + 5) + 1, at + 5);
      return changed;
    }
    at += 1 + length;
    if (length < 4) break;
  }
  return bytes;
}
