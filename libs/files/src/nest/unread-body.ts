import { finished, PassThrough, Readable } from 'node:stream';
import { FileUploadInvalidError } from '../errors.js';

export interface UnreadRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/**
 * Hands on the body of a request that no parser has read. What is not read of it when that has ended, is passed over: it would be in the way
 * of the next request on the connection.
 *
 * @throws {FileUploadInvalidError} when it is of another type.
 */
export async function receiveBody<T>(
  request: UnreadRequest,
  wanted: string,
  receive: (body: Readable) => Promise<T>,
): Promise<T> {
  const stream = bodyOf(request, wanted);
  // Destroyed with an error, the request itself would take the connection with it, and the answer.
  const body = stream.pipe(new PassThrough());
  const forget = finished(stream, (error) => {
    if (error) body.destroy(error);
  });
  try {
    return await receive(body);
  } finally {
    forget();
    stream.unpipe(body);
    body.on('error', () => {}).destroy();
    stream.on('error', () => {}).resume();
  }
}

/** Fastify hands the stream on as the body; with Express the request is the stream. */
function bodyOf(request: UnreadRequest, wanted: string): Readable {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const stream = [request.body, request].find((one) => one instanceof Readable);
  if (type.trim().toLowerCase() !== wanted || !stream)
    throw new FileUploadInvalidError(`Send the file itself, with the Content-Type ${wanted}.`);
  return stream;
}
