/** What an operator has signed in with. It ends with the tab. */
const KEY = 'rowhouse.token';

type State = 'none' | 'signed-in' | 'expired';

class Session {
  #token = sessionStorage.getItem(KEY);
  #state: State = this.#token ? 'signed-in' : 'none';
  readonly #listeners = new Set<() => void>();

  get token(): string | null {
    return this.#token;
  }

  readonly state = (): State => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  begin(token: string): void {
    sessionStorage.setItem(KEY, token);
    this.#become(token, 'signed-in');
  }

  /** The API no longer knows the token. Answers to requests with a token from before say nothing of this one. */
  expire(token: string | null): void {
    if (this.#state === 'signed-in' && token === this.#token) this.#become(token, 'expired');
  }

  end(): void {
    sessionStorage.removeItem(KEY);
    this.#become(null, 'none');
  }

  #become(token: string | null, state: State): void {
    this.#token = token;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const session = new Session();
