import { Readable, Transform } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { OutgoingPolicy } from './outgoing-policy.js';
import { OutgoingError, sendOutgoing } from './outgoing-request.js';

export interface OutgoingFetchOptions {
  /** The longest answer, in bytes. */
  readonly maxBytes: number;
}

/** Answers of these have no body, and `Response` takes none. */
const WITHOUT_BODY = [204, 205, 304];

/**
 * `fetch` for libraries that take one, for URLs that somebody else has named; see {@link sendOutgoing}. Answers are limited, not
 * compressed, and a redirect is an answer.
 */
export function outgoingFetch(
  policy: OutgoingPolicy,
  { maxBytes }: OutgoingFetchOptions,
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init = {}) => {
    const request = requestOf(url, init);
    const response = await sendOutgoing(
      {
        method: request.method,
        url: String(url),
        headers: { ...Object.fromEntries(request.headers), 'accept-encoding': 'identity' },
        body: request.body ? new Uint8Array(await request.arrayBuffer()) : undefined,
      },
      policy,
      init.signal ?? request.signal,
    );
    const status = response.statusCode ?? 0;
    if (WITHOUT_BODY.includes(status)) response.resume();
    const body = WITHOUT_BODY.includes(status) ? null : Readable.toWeb(limited(response, maxBytes));
    return new Response(body as ReadableStream<Uint8Array> | null, {
      status,
      headers: Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      ),
    });
  };
}

function requestOf(url: string | URL, init: RequestInit): Request {
  try {
    return new Request(url, init);
  } catch {
    throw new OutgoingError('url');
  }
}

/** Ends with an error as soon as there is more. */
function limited(response: Readable, maxBytes: number): Readable {
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new OutgoingError('size'));
      else done(null, chunk);
    },
  });
  response.on('error', (error) => limit.destroy(error));
  limit.on('close', () => response.destroy());
  return response.pipe(limit);
}
