import { Readable } from 'node:stream';
import { FileUploadInvalidError } from '../errors.js';

export interface UnreadRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/**
 * The body of a request that no parser has read. Fastify hands the stream on as the body; with Express the request is the stream.
 *
 * @throws {FileUploadInvalidError} when it is of another type.
 */
export function unreadBodyOf(request: UnreadRequest, wanted: string): Readable {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const stream = [request.body, request].find((one) => one instanceof Readable);
  if (type.trim().toLowerCase() !== wanted || !stream)
    throw new FileUploadInvalidError(`Send the file itself, with the Content-Type ${wanted}.`);
  // Destroyed with an error, the request would take the connection with it, and the answer.
  return Readable.from((stream as Readable).iterator({ destroyOnReturn: false }));
}
