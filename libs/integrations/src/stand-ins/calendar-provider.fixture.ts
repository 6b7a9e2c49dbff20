import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Family {
  readonly account: string;
  readonly scope: string;
  isRevoked: boolean;
}

interface RefreshToken {
  readonly family: Family;
  /** Those before it may be used again until it is: the grace of providers that rotate. */
  readonly before: string | undefined;
  isUsed: boolean;
  isEnded: boolean;
}

interface Code {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly scope: string;
  readonly account: string;
}

export const CLIENT = { clientId: 'shop', clientSecret: 'a secret of the client' };

/**
 * A provider of OAuth 2 with a calendar: PKCE is required, codes are used once, refresh tokens are rotated, and a refresh token that
 * was replaced is good until its successor is used; used later, it ends them all.
 */
export class CalendarProvider {
  readonly #codes = new Map<string, Code>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  readonly #accessTokens = new Map<string, Family>();
  /** The account that is signed in at the provider. */
  account = 'ada@calendar.example';
  /** What the next requests for tokens are answered with, in place of what is right. */
  readonly answers: ((response: ServerResponse) => void)[] = [];
  /** Called when a refresh is through, before it is answered. */
  onRefreshed: () => Promise<void> = async () => {};
  refreshes = 0;
  revocations = 0;
  isDown = false;

  private constructor(readonly server: http.Server) {}

  static async open(): Promise<CalendarProvider> {
    const server = http.createServer((request, response) => {
      provider.#answer(request, response).catch(() => response.writeHead(500).end());
    });
    const provider = new CalendarProvider(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get endpoints() {
    return {
      authorization: `${this.url}/authorize`,
      token: `${this.url}/token`,
      revocation: `${this.url}/revoke`,
    };
  }

  /** Everything that must not be seen anywhere. */
  get secrets(): readonly string[] {
    return [...this.#refreshTokens.keys(), ...this.#accessTokens.keys(), CLIENT.clientSecret];
  }

  /** The user withdraws the access: no token of the account is good any more. */
  withdraw(account: string): void {
    for (const { family } of this.#refreshTokens.values())
      if (family.account === account) family.isRevoked = true;
  }

  /** A code that somebody else was given, for a client of the same provider. */
  codeOf(account: string, redirectUri: string): string {
    return this.#newCode({ account, redirectUri, scope: 'calendar', challenge: 'of somebody else' });
  }

  isRevoked(accessToken: string): boolean {
    return this.#accessTokens.get(accessToken)?.isRevoked ?? true;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = new URLSearchParams(Buffer.concat(chunks).toString());
    if (this.isDown) {
      response.destroy();
      return;
    }
    if (url.pathname === '/authorize') this.#authorize(url, response);
    else if (url.pathname === '/token') await this.#token(body, response);
    else if (url.pathname === '/revoke') this.#revoke(body, response);
    else this.#calendar(request.headers.authorization, response);
  }

  #authorize({ searchParams: asked }: URL, response: ServerResponse): void {
    const of = (name: string) => asked.get(name) ?? '';
    if (of('client_id') !== CLIENT.clientId || of('code_challenge_method') !== 'S256') {
      response.writeHead(400).end();
      return;
    }
    const back = new URL(of('redirect_uri'));
    back.searchParams.set('state', of('state'));
    back.searchParams.set(
      'code',
      this.#newCode({
        redirectUri: of('redirect_uri'),
        challenge: of('code_challenge'),
        scope: of('scope'),
        account: this.account,
      }),
    );
    response.writeHead(302, { location: back.href }).end();
  }

  #newCode(code: Code): string {
    const text = randomUUID();
    this.#codes.set(text, code);
    return text;
  }

  async #token(body: URLSearchParams, response: ServerResponse): Promise<void> {
    const instead = this.answers.shift();
    if (instead) {
      instead(response);
      return;
    }
    if (body.get('client_id') !== CLIENT.clientId || body.get('client_secret') !== CLIENT.clientSecret) {
      json(response, 401, { error: 'invalid_client' });
      return;
    }
    if (body.get('grant_type') === 'refresh_token')
      await this.#refresh(body.get('refresh_token') ?? '', response);
    else this.#exchange(body, response);
  }

  #exchange(body: URLSearchParams, response: ServerResponse): void {
    const text = body.get('code') ?? '';
    const code = this.#codes.get(text);
    this.#codes.delete(text);
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    if (!code || code.challenge !== challenge || code.redirectUri !== body.get('redirect_uri')) {
      json(response, 400, { error: 'invalid_grant', error_description: `of ${text}` });
      return;
    }
    this.#grant(response, { account: code.account, scope: code.scope, isRevoked: false });
  }

  async #refresh(text: string, response: ServerResponse): Promise<void> {
    this.refreshes += 1;
    const token = this.#refreshTokens.get(text);
    if (token?.isEnded) token.family.isRevoked = true;
    if (!token || token.isEnded || token.family.isRevoked) {
      json(response, 400, { error: 'invalid_grant' });
      return;
    }
    // Its use shows that it has arrived.
    if (token.before !== undefined) {
      const before = this.#refreshTokens.get(token.before);
      if (before) before.isEnded = true;
    }
    token.isUsed = true;
    await this.onRefreshed();
    this.#grant(response, token.family, text);
  }

  #grant(response: ServerResponse, family: Family, before?: string): void {
    const [accessToken, refreshToken] = [`at-${randomUUID()}`, `rt-${randomUUID()}`];
    this.#accessTokens.set(accessToken, family);
    this.#refreshTokens.set(refreshToken, { family, before, isUsed: false, isEnded: false });
    json(response, 200, {
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: 3_600,
      scope: family.scope,
    });
  }

  #revoke(body: URLSearchParams, response: ServerResponse): void {
    this.revocations += 1;
    const token = body.get('token') ?? '';
    const family = this.#refreshTokens.get(token)?.family ?? this.#accessTokens.get(token);
    if (family) family.isRevoked = true;
    response.writeHead(200).end();
  }

  #calendar(authorization: string | undefined, response: ServerResponse): void {
    const family = this.#accessTokens.get(authorization?.replace(/^Bearer /, '') ?? '');
    if (!family || family.isRevoked) json(response, 401, { error: 'invalid_token' });
    else json(response, 200, { of: family.account, events: [{ title: `Lunch of ${family.account}` }] });
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
