import { type BrowserSession, endBrowserSession, readBrowserSession } from './browser-session.js';

/** Where a token is kept. It ends with the tab. */
const KEY = 'rowhouse.token';

/** `starting` until it is known whether the browser has a session. */
export type SessionState = 'starting' | 'none' | 'signed-in' | 'expired';

/** A token, or the session of an identity provider, which the browser sends by itself. */
export type Credential = { readonly token: string } | BrowserSession;

/** The header by which a request goes as who has signed in. */
export function authorization(
  credential: Credential | undefined,
  method: string,
): Readonly<Record<string, string>> {
  if (!credential) return {};
  if ('token' in credential) return { Authorization: `Bearer ${credential.token}` };
  return method === 'GET' ? {} : { 'X-Rowhouse-CSRF': credential.csrfToken };
}

/** What an operator has signed in with. Tabs tell each other of sessions, which they share; a token is of one tab. */
class Session {
  #credential: Credential | undefined;
  #state: SessionState = 'starting';
  readonly #listeners = new Set<() => void>();
  readonly #tabs = new BroadcastChannel('rowhouse.session');

  constructor() {
    const token = sessionStorage.getItem(KEY);
    this.#tabs.onmessage = ({ data }: MessageEvent<'begun' | 'ended'>) => {
      if (data === 'begun') void this.#resume();
      else if (!this.#isOfToken()) this.#become(undefined, 'none');
    };
    if (token) this.#become({ token }, 'signed-in');
    else void this.#resume().then((isFound) => isFound && this.#tabs.postMessage('begun'));
  }

  readonly credential = (): Credential | undefined => this.#credential;

  readonly state = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  begin(token: string): void {
    sessionStorage.setItem(KEY, token);
    this.#become({ token }, 'signed-in');
  }

  /** The API no longer knows the credential. Answers to requests with one from before say nothing of this one. */
  expire(credential: Credential | undefined): void {
    if (this.#state === 'signed-in' && credential === this.#credential) this.#become(credential, 'expired');
  }

  /** @throws {ApiProblem} when the session was not ended, and goes on. */
  async end(): Promise<void> {
    const credential = this.#credential;
    if (credential && !('token' in credential)) {
      await endBrowserSession(credential);
      this.#tabs.postMessage('ended');
    }
    sessionStorage.removeItem(KEY);
    this.#become(undefined, 'none');
  }

  /** Goes on with the session that the browser has. */
  async #resume(): Promise<boolean> {
    const found = await readBrowserSession().catch(() => undefined);
    // Whoever has a token that works goes on with it.
    if (this.#isOfToken() && this.#state === 'signed-in') return false;
    if (found) this.#become(found, 'signed-in');
    else if (this.#state === 'starting') this.#become(undefined, 'none');
    return found !== undefined;
  }

  #isOfToken(): boolean {
    return this.#credential !== undefined && 'token' in this.#credential;
  }

  #become(credential: Credential | undefined, state: SessionState): void {
    if (credential && !('token' in credential)) sessionStorage.removeItem(KEY);
    this.#credential = credential;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const session = new Session();
