import type { AdminSchemas } from '@rowhouse/client';
import { ApiProblem } from '../api/problem.js';
import { API_URL } from '../surroundings.js';

export type SignInMethods = AdminSchemas['schemas']['SignInMethods'];

/** What the API says of the session that the browser has in a cookie. */
export interface BrowserSession {
  readonly name: string | null;
  /** Sent back with each change. */
  readonly csrfToken: string;
}

const TOKENS_ALONE: SignInMethods = { provider: null, isSignedIn: false };

/** How people can sign in; tokens alone where the API does not say. */
export async function signInMethods(): Promise<SignInMethods> {
  try {
    const response = await fetch(`${API_URL}/auth/methods`);
    return response.ok ? await response.json() : TOKENS_ALONE;
  } catch {
    return TOKENS_ALONE;
  }
}

/** The browser's session; `undefined` where it has none. Asking first keeps a refusal out of the console. */
export async function readBrowserSession(): Promise<BrowserSession | undefined> {
  if (!(await signInMethods()).isSignedIn) return undefined;
  const response = await fetch(`${API_URL}/auth/session`);
  return response.ok ? response.json() : undefined;
}

/** Ends a session. @throws {ApiProblem} when it was not ended, and goes on. */
export async function endBrowserSession({ csrfToken }: BrowserSession): Promise<void> {
  const headers = { 'X-Rowhouse-CSRF': csrfToken };
  const response = await fetch(`${API_URL}/auth/logout`, { method: 'POST', headers });
  // One that has ended by itself needs no end.
  if (!response.ok && response.status !== 401) throw new ApiProblem(await response.json(), '');
}
