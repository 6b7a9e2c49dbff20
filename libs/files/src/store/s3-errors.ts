import { explainStorageFailure } from '@rowhouse/transfer';
import { FileStorageError } from '../errors.js';

/** What a bucket answers, as an error that says what to do. */
export function storageError(error: unknown): unknown {
  return error instanceof Error ? new FileStorageError(explainStorageFailure(error), error) : error;
}

/** @throws {FileStorageError} */
export async function asking<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw storageError(error);
  }
}
