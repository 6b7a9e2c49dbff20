import { finished, PassThrough, Readable } from 'node:stream';

/** A request whose body no parser has read. */
export interface UnreadRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/**
 * The body of a request, unread. Fastify hands the stream on as the body; with Express the request is the stream.
 *
 * @returns `undefined` where it is of none of these types.
 */
export function unreadBodyOf(request: UnreadRequest, types: readonly string[]): Readable | undefined {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  if (!types.includes(type.trim().toLowerCase())) return undefined;
  return [request.body, request].find((one) => one instanceof Readable);
}

/**
 * Hands an unread body on. What is not read of it when `receive` has ended, is passed over: it would be in the way of the next request
 * on the connection.
 */
export async function receiveBody<T>(unread: Readable, receive: (body: Readable) => Promise<T>): Promise<T> {
  // Destroyed with an error, the request itself would take the connection with it, and the answer.
  const body = unread.pipe(new PassThrough());
  const forget = finished(unread, (error) => {
    if (error) body.destroy(error);
  });
  try {
    return await receive(body);
  } finally {
    forget();
    unread.unpipe(body);
    body.on('error', () => {}).destroy();
    unread.on('error', () => {}).resume();
  }
}
