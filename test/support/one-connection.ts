import { connect, type Socket } from 'node:net';
import { until } from './until.js';

/** Requests over one connection, each sent as a whole, whatever the app answers meanwhile. */
export class OneConnection {
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
