import type { AdminSchemas } from '@rowhouse/client';
import { answer, api } from '../../api/client.js';
import { newId } from '../../api/new-id.js';
import { ApiProblem, isMissing } from '../../api/problem.js';
import { authorization, session } from '../../session/session.js';
import { API_URL } from '../../surroundings.js';
import { forgetUpload, rememberedUpload, rememberUpload } from './remembered-uploads.js';

export type Upload = AdminSchemas['schemas']['Upload'];

/** Proxies have limits of what one request may bring. */
const CHUNK_BYTES = 8 * 1_024 ** 2;
/** A request that sends nothing for so long has lost its connection without a word. */
const SILENCE_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;

interface Uploading {
  readonly signal: AbortSignal;
  readonly onSent: (bytes: number) => void;
  /** Whether it waits for the connection, or for whatever else stops it for a time. */
  readonly onWaiting: (isWaiting: boolean) => void;
}

/** What has arrived of a file before, in this browser; `undefined` where nothing has, or it has expired. */
export async function uploadOf(file: File): Promise<Upload | undefined> {
  const id = rememberedUpload(file);
  if (!id) return undefined;
  try {
    const found = await readUpload(id);
    return found.sizeBytes === file.size ? found : undefined;
  } catch (error) {
    if (!isMissing(error)) throw error;
    forgetUpload(file);
    return undefined;
  }
}

/**
 * Uploads a file, from where it stopped before, and goes on by itself when the connection is back.
 *
 * @returns the upload, complete.
 * @throws {ApiProblem} for what does not pass by itself. What it throws when it was stopped says nothing.
 */
export async function upload(file: File, { signal, onSent, onWaiting }: Uploading): Promise<Upload> {
  let found = (await uploadOf(file)) ?? (await begin(file));
  let waitMs = FIRST_WAIT_MS;
  while (found.receivedBytes < found.sizeBytes) {
    const offset = found.receivedBytes;
    onSent(offset);
    try {
      await append(found, file, signal, (bytes) => {
        onWaiting(false);
        onSent(offset + bytes);
      });
      waitMs = FIRST_WAIT_MS;
    } catch (error) {
      if (signal.aborted || !passes(error)) throw error;
      onWaiting(true);
      await connection(waitMs, signal);
      if (signal.aborted) throw error;
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
    found = await readUpload(found.id).catch((error: unknown) => {
      if (signal.aborted || !passes(error)) throw error;
      return found;
    });
    signal.throwIfAborted();
  }
  onSent(found.sizeBytes);
  onWaiting(false);
  return found;
}

/** Removes what has arrived. */
export async function discardUpload(file: File): Promise<void> {
  const id = rememberedUpload(file);
  forgetUpload(file);
  if (id) await answer(api.DELETE('/uploads/{upload}', { params: { path: { upload: id } } }));
}

async function begin(file: File): Promise<Upload> {
  const header = { 'Upload-Length': String(file.size) };
  const begun = await answer(api.POST('/uploads', { params: { header } }));
  rememberUpload(file, begun.id);
  return begun;
}

const readUpload = (id: string): Promise<Upload> =>
  answer(api.GET('/uploads/{upload}', { params: { path: { upload: id } } }));

/** `fetch` says nothing of how much has been sent, so this is an XMLHttpRequest. */
function append(
  { id, receivedBytes }: Upload,
  file: File,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<void> {
  const request = new XMLHttpRequest();
  const requestId = newId();
  const credential = session.credential();
  request.open('PATCH', `${API_URL}/uploads/${id}`);
  request.setRequestHeader('Content-Type', 'application/offset+octet-stream');
  request.setRequestHeader('Upload-Offset', String(receivedBytes));
  request.setRequestHeader('Tus-Resumable', '1.0.0');
  request.setRequestHeader('X-Request-Id', requestId);
  for (const [name, value] of Object.entries(authorization(credential, 'PATCH')))
    request.setRequestHeader(name, value);
  request.responseType = 'json';
  const stop = () => request.abort();
  let silence = setTimeout(stop, SILENCE_MS);
  request.upload.onprogress = ({ loaded }) => {
    clearTimeout(silence);
    silence = setTimeout(stop, SILENCE_MS);
    onSent(loaded);
  };
  signal.addEventListener('abort', stop);
  window.addEventListener('offline', stop);
  const problem = (status: number, code: string, detail = '') =>
    new ApiProblem({ status, code, detail }, requestId);
  return new Promise<void>((resolve, reject) => {
    request.onload = () => {
      const { status, statusText, response } = request;
      if (status === 204) return resolve();
      if (status === 401) session.expire(credential);
      const { code = `HTTP_${status}`, detail = statusText } = Object(response);
      reject(problem(status, code, detail));
    };
    request.onabort = () => reject(problem(0, 'NO_ANSWER'));
    request.onerror = () => reject(problem(0, 'NO_ANSWER'));
    request.send(file.slice(receivedBytes, receivedBytes + CHUNK_BYTES));
  }).finally(() => {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
    window.removeEventListener('offline', stop);
  });
}

/** No answer; a sign-in that has ended, which comes over the page; a request before that still holds the upload; a server that restarts. */
function passes(error: unknown): boolean {
  if (!(error instanceof ApiProblem)) return false;
  const { status } = error;
  return [0, 401, 409, 423, 429].includes(status) || status >= 500;
}

/** Waits until the browser is online again, or for some time. */
function connection(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    window.addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}
