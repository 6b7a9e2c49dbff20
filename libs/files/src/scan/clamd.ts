import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { messageOf } from '@rowhouse/core/internal';
import { FileScanError } from '../errors.js';
import type { ClamdAddress, FileScanOptions } from '../files-options.js';

/** What clamd says of a file: the name of what it has found, if anything. */
export interface ScanResult {
  readonly found: string | undefined;
}

/** Longer answers are none of clamd's. */
const MAX_ANSWER_LENGTH = 4_096;

/**
 * Sends a file to clamd as it is read, by its command INSTREAM (clamd(8)): each chunk after its length, a length of zero at the end.
 *
 * @throws {FileScanError} when clamd cannot be reached, is silent for too long, or has not scanned the file: it is larger than
 *   `StreamMaxLength`, for example.
 */
export async function scan(
  content: Readable,
  { clamd, timeoutMs = 120_000 }: FileScanOptions,
  signal?: AbortSignal,
): Promise<ScanResult> {
  const socket = open(clamd);
  const abort = () => socket.destroy(new Error('The scan was aborted.'));
  signal?.addEventListener('abort', abort, { once: true });
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`clamd was silent for ${timeoutMs} ms.`)));
  const answered = answerOf(socket);
  try {
    signal?.throwIfAborted();
    let isSent = false;
    const sent = send(content, socket).then(() => {
      isSent = true;
    });
    await Promise.race([sent, answered]);
    const result = resultIn(await answered);
    if (!isSent && !result.found) throw new FileScanError('clamd has answered before it had the whole file.');
    return result;
  } catch (error) {
    if (error instanceof FileScanError) throw error;
    throw new FileScanError(`clamd has not scanned the file: ${messageOf(error)}`, { cause: error });
  } finally {
    signal?.removeEventListener('abort', abort);
    content.destroy();
    socket.destroy();
    answered.catch(() => {});
  }
}

function open(address: ClamdAddress): Socket {
  return 'socket' in address ? connect(address.socket) : connect(address.port, address.host);
}

async function send(content: Readable, socket: Socket): Promise<void> {
  await write(socket, 'zINSTREAM\0');
  for await (const chunk of content as AsyncIterable<Buffer>) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    await write(socket, Buffer.concat([length, chunk]));
  }
  await write(socket, Buffer.alloc(4));
}

async function write(socket: Socket, bytes: Buffer | string): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain');
}

/** clamd ends the connection after its answer; it may answer before it has read everything. */
async function answerOf(socket: Socket): Promise<string> {
  let answer = '';
  for await (const bytes of socket) {
    answer += String(bytes);
    if (answer.includes('\0') || answer.length > MAX_ANSWER_LENGTH) break;
  }
  return answer;
}

const ANSWER = /^stream: (?:(?<ok>OK)|(?<found>.+) FOUND)\0/;

function resultIn(answer: string): ScanResult {
  const { ok, found } = ANSWER.exec(answer)?.groups ?? {};
  if (ok || found) return { found };
  const said = answer.replaceAll('\0', '').trim() || 'nothing';
  const remedy = said.includes('size limit')
    ? ' Set StreamMaxLength of clamd.conf to the largest file that is taken.'
    : '';
  throw new FileScanError(`clamd has not scanned the file. It said: ${said}.${remedy}`);
}
