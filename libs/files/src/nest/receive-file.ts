import type { Readable } from 'node:stream';
import { receiveBody, type UnreadRequest, unreadBodyOf } from '@rowhouse/nestjs/operator';
import { FileUploadInvalidError } from '../errors.js';

/** Hands on the body of a request, unread. @throws {FileUploadInvalidError} when it is of another type. */
export async function receiveFile<T>(
  request: UnreadRequest,
  wanted: string,
  receive: (body: Readable) => Promise<T>,
): Promise<T> {
  const body = unreadBodyOf(request, [wanted]);
  if (!body) throw new FileUploadInvalidError(`Send the file itself, with the Content-Type ${wanted}.`);
  return receiveBody(body, receive);
}
