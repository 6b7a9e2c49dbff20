import { once } from 'node:events';
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
}

/** How a body is sent. */
export type Manner = 'at once' | 'large' | 'chunked' | 'slow' | 'multipart';

interface Wire {
  readonly headers: Record<string, string | number>;
  readonly pieces: readonly string[];
}

const BOUNDARY = 'rowhouse-boundary';

/** A JSON body as it is sent; for `multipart`, as a form with a file. */
function wireOf(data: Record<string, unknown>, manner: Manner): Wire {
  if (manner === 'multipart') {
    const fields = Object.entries(data).map(
      ([name, value]) =>
        `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const file = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="f.txt"\r\n\r\n${'x'.repeat(150_000)}\r\n`;
    const text = `${fields.join('')}${file}--${BOUNDARY}--\r\n`;
    return {
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': text.length },
      pieces: cut(text, 40_000),
    };
  }
  const padding = manner === 'large' ? { padding: 'x'.repeat(300_000) } : {};
  const text = JSON.stringify({ ...data, ...padding });
  const length: Wire['headers'] =
    manner === 'chunked' ? { 'transfer-encoding': 'chunked' } : { 'content-length': text.length };
  return {
    headers: { 'content-type': 'application/json', ...length },
    pieces: manner === 'chunked' || manner === 'slow' ? cut(text, 12) : [text],
  };
}

function cut(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}

/** One tenant's client; the connections are kept alive and shared with the clients of the others. */
export class LibraryClient {
  readonly #port: number;
  readonly #agent: Agent;
  readonly #slug: string | undefined;

  constructor(port: number, agent: Agent, slug: string | undefined) {
    this.#port = port;
    this.#agent = agent;
    this.#slug = slug;
  }

  get(path: string): Promise<Answer> {
    return answerOf(this.#open('GET', path).end());
  }

  async send(
    method: 'POST' | 'PUT',
    path: string,
    data: Record<string, unknown>,
    manner: Manner = 'at once',
  ): Promise<Answer> {
    const wire = wireOf(data, manner);
    const request = this.#open(method, path, wire.headers);
    const answered = answerOf(request);
    for (const piece of wire.pieces) {
      request.write(piece);
      if (manner === 'slow') await turn();
    }
    request.end();
    return answered;
  }

  /** Closes the connection in the middle of the body, so that the request is never complete. */
  async abandonBody(path: string, data: Record<string, unknown>, manner: Manner): Promise<void> {
    const { headers, pieces } = wireOf(data, manner);
    const whole = pieces.join('');
    const request = this.#open('POST', path, headers);
    request.write(whole.slice(0, Math.floor(whole.length / 2)));
    await turn();
    await hangUp(request);
  }

  /** Sends the whole request, and closes the connection without waiting for the answer. */
  async abandonAnswer(path: string, data?: Record<string, unknown>): Promise<void> {
    const wire = data && wireOf(data, 'at once');
    const request = this.#open(data ? 'POST' : 'GET', path, wire?.headers);
    await new Promise<void>((resolve) => request.end(wire?.pieces.join(''), resolve));
    for (let turns = 0; turns < 5; turns += 1) await turn();
    await hangUp(request);
  }

  /** Reads the first chunk of the answer, and closes the connection. */
  async abandonStream(path: string): Promise<string> {
    const request = this.#open('GET', path).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => {});
    const [piece] = (await once(response, 'data')) as [Buffer];
    await hangUp(request);
    return piece.toString();
  }

  #open(method: string, path: string, headers: Record<string, string | number> = {}): ClientRequest {
    return httpRequest({
      host: '127.0.0.1',
      port: this.#port,
      agent: this.#agent,
      method,
      path,
      headers: { ...headers, ...(this.#slug === undefined ? {} : { 'x-tenant-id': this.#slug }) },
    });
  }
}

async function answerOf(request: ClientRequest): Promise<Answer> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const isJson = /\bjson\b/.test(response.headers['content-type'] ?? '');
  return { status: response.statusCode ?? 0, text, body: isJson ? JSON.parse(text) : undefined };
}

async function hangUp(request: ClientRequest): Promise<void> {
  request.on('error', () => {});
  // An answer from a cache may have arrived and ended the request already.
  if (request.closed) return;
  const closed = new Promise((resolve) => request.once('close', resolve));
  request.destroy();
  await closed;
}
