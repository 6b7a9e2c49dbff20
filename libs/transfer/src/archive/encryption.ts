import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { OptionsInvalidError } from '@rowhouse/core';
import type { Decrypter, Encrypter } from 'age-encryption';
import { ArchiveEncryptedError, ArchiveInvalidError } from '../errors.js';
import { peek } from './peek.js';

/** The first line of a file that is encrypted with age (https://age-encryption.org/v1). */
const INTRODUCTION = Buffer.from('age-encryption.org/v1\n');
/** The line that ends its header. */
const HEADER_END = '\n--- ';
/** More than the header of a file for many recipients has. It is read into memory. */
const MAX_HEADER_BYTES = 64 * 1_024;

export const INTRODUCTION_BYTES = INTRODUCTION.length;

export function isEncrypted(start: Buffer): boolean {
  return start.subarray(0, INTRODUCTION_BYTES).equals(INTRODUCTION);
}

/** @throws {OptionsInvalidError} for what is no recipient. */
export async function encrypterFor(recipients: readonly string[]): Promise<Encrypter> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  addAll('recipients', 'expected a recipient of age: age1…', recipients, (one) =>
    encrypter.addRecipient(one),
  );
  return encrypter;
}

/** Encrypts a stream, for {@link import('node:stream').pipeline}. */
export function encrypt(encrypter: Encrypter) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
    yield* (await encrypter.encrypt(webStreamOf(source))) as unknown as AsyncIterable<Uint8Array>;
  };
}

/** @throws {OptionsInvalidError} for what is no identity. */
async function decrypterFor(identities: readonly string[]): Promise<Decrypter> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  addAll('identities', 'expected an identity of age: AGE-SECRET-KEY-1…', identities, (one) =>
    decrypter.addIdentity(one),
  );
  return decrypter;
}

/**
 * What an encrypted stream holds.
 *
 * @throws {ArchiveEncryptedError} when none of the identities opens it.
 */
export async function decrypt(source: Readable, identities: readonly string[]): Promise<Readable> {
  if (identities.length === 0)
    throw new ArchiveEncryptedError(
      'The archive is encrypted. Give the secret key of one of its recipients, as age-keygen writes it (identities, --identity).',
    );
  const { start, all } = await peek(source, MAX_HEADER_BYTES);
  if (!start.subarray(0, MAX_HEADER_BYTES).includes(HEADER_END))
    throw new ArchiveInvalidError('The header of the encrypted archive has no end.');
  const decrypter = await decrypterFor(identities);
  try {
    return Readable.fromWeb((await decrypter.decrypt(webStreamOf(all))) as unknown as ReadableStream);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('no identity matched'))) throw error;
    throw new ArchiveEncryptedError(
      'None of the identities that were given opens the archive: it is encrypted for other recipients. Give the secret key of one of these.',
      error,
    );
  }
}

function addAll(field: string, expected: string, keys: readonly string[], add: (key: string) => void): void {
  for (const [index, key] of keys.entries())
    try {
      add(key);
    } catch {
      // The error of the library may have the key in it.
      throw new OptionsInvalidError('archive', [{ field: `${field}[${index}]`, expected }]);
    }
}

/** Not Readable.toWeb, whose default is to read far ahead. */
function webStreamOf(source: AsyncIterable<Uint8Array>): globalThis.ReadableStream<Uint8Array> {
  return ReadableStream.from(source) as unknown as globalThis.ReadableStream<Uint8Array>;
}
