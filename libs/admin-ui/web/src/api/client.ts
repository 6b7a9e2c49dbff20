import type { AdminPaths } from '@rowhouse/client';
import createClient from 'openapi-fetch';
import { authorization, session } from '../session/session.js';
import { API_URL } from '../surroundings.js';
import { newId } from './new-id.js';
import { ApiProblem } from './problem.js';

/** Keys of requests that got no answer: when one is sent again, it must not be done twice. */
const unanswered = new Map<string, string>();
const requestIds = new WeakMap<Response, string>();

export const api = createClient<AdminPaths>({ baseUrl: API_URL, fetch: send });

/** @throws {ApiProblem} when no answer came. */
async function send(request: Request): Promise<Response> {
  const credential = session.credential();
  const id = newId();
  const same =
    request.method === 'POST'
      ? `${request.url} ${request.headers.get('Upload-Length') ?? ''} ${await request.clone().text()}`
      : '';
  request.headers.set('X-Request-Id', id);
  for (const [name, value] of Object.entries(authorization(credential, request.method)))
    request.headers.set(name, value);
  if (same) {
    const key = unanswered.get(same) ?? `"${newId()}"`;
    unanswered.set(same, key);
    request.headers.set('Idempotency-Key', key);
  }
  try {
    const response = await fetch(request);
    unanswered.delete(same);
    requestIds.set(response, id);
    if (response.status === 401) session.expire(credential);
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new ApiProblem({ status: 0, code: 'NO_ANSWER', detail: '' }, id);
  }
}

interface Called<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** What was read, with its entity tag. */
export interface Tagged<T> {
  readonly data: T;
  readonly etag: string;
}

/** @throws {ApiProblem} */
export async function tagged<T>(call: Promise<Called<T>>): Promise<Tagged<T>> {
  const { data, error, response } = await call;
  if (response.ok) return { data: data as T, etag: response.headers.get('ETag') ?? '' };
  throw new ApiProblem(problemIn(error, response), requestIds.get(response) ?? '');
}

/** @throws {ApiProblem} */
export async function answer<T>(call: Promise<Called<T>>): Promise<T> {
  return (await tagged(call)).data;
}

function problemIn(error: unknown, { status, statusText }: Response): ApiProblem['problem'] {
  const { code, detail, errors } = Object(error) as Partial<ApiProblem['problem']>;
  return { status, code: code ?? `HTTP_${status}`, detail: detail ?? statusText, errors };
}
