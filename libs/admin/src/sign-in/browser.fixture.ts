/** What a browser was answered. */
export interface BrowserAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly setCookies: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into without declaring each.
  readonly body: any;
}

export interface BrowserRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A browser that reaches an app under a public address, with its cookies, and follows no redirect by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();

  /**
   * @param app - where the app listens.
   * @param publicUrl - the `url` of its sign-in.
   */
  constructor(
    private readonly app: string,
    private readonly publicUrl: string,
  ) {}

  /** @param path - below the admin API. */
  async send(
    path: string,
    { method = 'GET', headers = {}, body }: BrowserRequest = {},
  ): Promise<BrowserAnswer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.app}/admin/${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookie && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const setCookies = response.headers.getSetCookie();
    for (const header of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      location: response.headers.get('location'),
      setCookies,
      body: isJson ? JSON.parse(text) : text,
    };
  }

  /** Begins a sign-in, and lets the provider agree. @returns the path of the callback that it sends the browser to. */
  async authorize(returnTo?: string): Promise<string> {
    const query = returnTo === undefined ? '' : `?${new URLSearchParams({ returnTo })}`;
    const { location } = await this.send(`auth/login${query}`);
    const agreed = await fetch(location ?? '', { redirect: 'manual' });
    const callback = agreed.headers.get('location') ?? '';
    if (!callback.startsWith(`${this.publicUrl}/`)) throw new Error(`The provider sends to ${callback}`);
    return callback.slice(this.publicUrl.length + 1);
  }

  async signIn(returnTo?: string): Promise<BrowserAnswer> {
    return this.send(await this.authorize(returnTo));
  }

  /** A change as the admin app sends it. */
  async change(
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<BrowserAnswer> {
    const { csrfToken } = (await this.send('auth/session')).body;
    const own = { origin: new URL(this.publicUrl).origin, 'x-rowhouse-csrf': csrfToken };
    return this.send(path, { method: 'POST', body, headers: { ...own, ...headers } });
  }
}
