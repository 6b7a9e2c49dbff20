import type { AdminPaths } from '@rowhouse/client';
import { newId } from '../../api/new-id.js';
import { ApiProblem } from '../../api/problem.js';
import { authorization, session } from '../../session/session.js';
import { API_URL } from '../../surroundings.js';
import type { Operation } from '../operations/watch-operation.js';

export type UploadQuery = NonNullable<AdminPaths['/imports/upload']['post']['parameters']['query']>;

/**
 * Sends an archive. It is not sent again by itself, and one that broke off begins anew: the API does not resume uploads. `fetch` says
 * nothing of how much has been sent, so this is an XMLHttpRequest.
 *
 * @throws {ApiProblem}
 */
export function upload(
  file: File,
  query: UploadQuery,
  { signal, onSent }: { readonly signal: AbortSignal; readonly onSent: (bytes: number) => void },
): Promise<Operation> {
  const request = new XMLHttpRequest();
  const id = newId();
  const credential = session.credential();
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  request.open('POST', `${API_URL}/imports/upload?${new URLSearchParams(given as [string, string][])}`);
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  request.setRequestHeader('X-Request-Id', id);
  for (const [name, value] of Object.entries(authorization(credential, 'POST')))
    request.setRequestHeader(name, value);
  request.responseType = 'json';
  request.upload.onprogress = ({ loaded }) => onSent(loaded);
  signal.addEventListener('abort', () => request.abort());
  return new Promise((resolve, reject) => {
    request.onload = () => {
      const { status, statusText, response } = request;
      if (status === 202) return resolve(response);
      if (status === 401) session.expire(credential);
      const { code = `HTTP_${status}`, detail = statusText, errors } = Object(response);
      reject(new ApiProblem({ status, code, detail, errors }, id));
    };
    request.onabort = () => reject(new ApiProblem({ status: 0, code: 'UPLOAD_ABORTED', detail: '' }, id));
    request.onerror = () => reject(new ApiProblem({ status: 0, code: 'NO_ANSWER', detail: '' }, id));
    request.send(file);
  });
}
