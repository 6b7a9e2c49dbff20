import net from 'node:net';

const REQUEST_TIMEOUT_MS = 5_000;
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/**
 * One keep-alive HTTP/1.1 connection that sends prepared bytes and reads one answer at a time.
 *
 * The load generator shares two cores with what it measures, so it does as little as possible. Answers
 * must have a Content-Length; anything else is reported as an error.
 */
export class HttpConnection {
  #port;
  #keepsBodies;
  #timeoutMs;
  #socket;
  #done;
  #head;
  #status = 0;
  #missing = 0;
  #body = [];

  /**
   * @param {number} port
   * @param {{ keepsBodies?: boolean, timeoutMs?: number }} [options] without `keepsBodies`, `done` gets no body.
   */
  constructor(port, { keepsBodies = false, timeoutMs = REQUEST_TIMEOUT_MS } = {}) {
    this.#port = port;
    this.#keepsBodies = keepsBodies;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @param {Buffer} bytes a whole request
   * @param {(error: Error | undefined, status: number, body: Buffer | undefined) => void} done
   */
  send(bytes, done) {
    this.#done = done;
    this.#socket ??= this.#open();
    this.#socket.write(bytes);
  }

  close() {
    this.#done = undefined;
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open() {
    const socket = net.connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.setTimeout(this.#timeoutMs, () => this.#fail(socket, new Error('timed out')));
    socket.on('data', (chunk) => this.#read(socket, chunk));
    socket.on('error', (error) => this.#fail(socket, error));
    socket.on('close', () => this.#fail(socket, new Error('closed by the server')));
    return socket;
  }

  #read(socket, chunk) {
    if (socket !== this.#socket) return;
    if (this.#status) this.#take(socket, chunk);
    else this.#readHead(socket, chunk);
  }

  #readHead(socket, chunk) {
    const bytes = this.#head ? Buffer.concat([this.#head, chunk]) : chunk;
    const end = bytes.indexOf(END_OF_HEAD);
    if (end === -1) {
      this.#head = bytes;
      return;
    }
    this.#head = undefined;
    const length = CONTENT_LENGTH.exec(bytes.latin1Slice(0, end))?.[1];
    if (length === undefined) {
      this.#fail(socket, new Error('an answer without Content-Length'));
      return;
    }
    this.#status = Number(bytes.latin1Slice(9, 12));
    this.#missing = Number(length);
    this.#take(socket, bytes.subarray(end + END_OF_HEAD.length));
  }

  #take(socket, chunk) {
    this.#missing -= chunk.length;
    if (this.#keepsBodies) this.#body.push(chunk);
    if (this.#missing > 0) return;
    if (this.#missing < 0) {
      this.#fail(socket, new Error('more bytes than Content-Length says'));
      return;
    }
    const status = this.#status;
    const body = this.#keepsBodies ? Buffer.concat(this.#body) : undefined;
    this.#finish(undefined, status, body);
  }

  #fail(socket, error) {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    socket.destroy();
    this.#finish(error, 0, undefined);
  }

  #finish(error, status, body) {
    const done = this.#done;
    this.#done = undefined;
    this.#head = undefined;
    this.#status = 0;
    this.#missing = 0;
    this.#body = [];
    done?.(error, status, body);
  }
}
