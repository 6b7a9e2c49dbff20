import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
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
  readonly nonce: string | null;
}

export const CLIENT = { clientId: 'shop', clientSecret: 'a secret of the client' };

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/**
 * A provider of OAuth 2 and OpenID Connect with a calendar: PKCE is required, codes are used once, refresh tokens are rotated, and a refresh token that
 * was replaced is good until its successor is used; used later, it ends them all.
 */
export class CalendarProvider {
  /** Secrets of clients, and where browsers are sent back to that they send: anywhere, if they were not registered. */
  readonly #clients = new Map<string, { readonly secret: string; readonly redirectUris?: readonly string[] }>(
    [[CLIENT.clientId, { secret: CLIENT.clientSecret }]],
  );
  readonly #codes = new Map<string, Code>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  readonly #accessTokens = new Map<string, Family>();
  /** The account that is signed in at the provider. */
  account = 'ada@calendar.example';
  /** What the next requests for tokens are answered with, in place of what is right. */
  readonly answers: ((response: ServerResponse) => void)[] = [];
  /** Called when a refresh is through, before it is answered. */
  onRefreshed: () => Promise<void> = async () => {};
  /** Claims of the next ID tokens, and metadata, that take the place of what is right. */
  claims: Record<string, unknown> = {};
  metadata: Record<string, unknown> = {};
  /** What tokens were asked for: RFC 8707. */
  readonly resources: (string | null)[] = [];
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
    const secrets = [...this.#clients.values()].map(({ secret }) => secret);
    return [...this.#refreshTokens.keys(), ...this.#accessTokens.keys(), ...secrets];
  }

  /** The user withdraws the access: no token of the account is good any more. */
  withdraw(account: string): void {
    for (const { family } of this.#refreshTokens.values())
      if (family.account === account) family.isRevoked = true;
  }

  /** An access token ends before its time. */
  expire(accessToken: string): void {
    this.#accessTokens.delete(accessToken);
  }

  /** A code that somebody else was given, for a client of the same provider. */
  codeOf(account: string, redirectUri: string): string {
    return this.#newCode({
      account,
      redirectUri,
      scope: 'calendar',
      challenge: 'of somebody else',
      nonce: null,
    });
  }

  isRevoked(accessToken: string): boolean {
    return this.accountOf(accessToken) === undefined;
  }

  /** What was granted at once, with all tokens that have come of it since, and is good. */
  get grants(): ReadonlySet<unknown> {
    return new Set([...this.#refreshTokens.values()].map(({ family }) => family).filter(isGood));
  }

  /** Which of the {@link grants} a token is of. */
  grantOf(accessToken: string): unknown {
    return this.#accessTokens.get(accessToken);
  }

  /** Whose account a token opens, if it is good. */
  accountOf(accessToken: string): string | undefined {
    const family = this.#accessTokens.get(accessToken);
    return family?.isRevoked === false ? family.account : undefined;
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
    if (/^\/\.well-known\/(openid-configuration|oauth-authorization-server)$/.test(url.pathname))
      json(response, 200, this.#metadata());
    else if (url.pathname === '/tokeninfo') this.#tokenInfo(url.searchParams.get('access_token'), response);
    else if (url.pathname === '/register')
      this.#register(JSON.parse(Buffer.concat(chunks).toString()), response);
    else if (url.pathname === '/authorize') this.#authorize(url, response);
    else if (url.pathname === '/token') await this.#token(body, response);
    else if (url.pathname === '/revoke') this.#revoke(body, response);
    else this.#calendar(request.headers.authorization, response);
  }

  #metadata(): object {
    return {
      issuer: this.url,
      authorization_endpoint: this.endpoints.authorization,
      token_endpoint: this.endpoints.token,
      revocation_endpoint: this.endpoints.revocation,
      registration_endpoint: `${this.url}/register`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      authorization_response_iss_parameter_supported: true,
      ...this.metadata,
    };
  }

  #register({ redirect_uris: redirectUris }: { redirect_uris: string[] }, response: ServerResponse): void {
    const [id, secret] = [`client-${randomUUID()}`, `secret-${randomUUID()}`];
    this.#clients.set(id, { secret, redirectUris });
    json(response, 201, { client_id: id, client_secret: secret, redirect_uris: redirectUris });
  }

  #tokenInfo(accessToken: string | null, response: ServerResponse): void {
    const email = this.accountOf(accessToken ?? '');
    if (email === undefined) json(response, 401, { error: 'invalid_token' });
    else json(response, 200, { email });
  }

  #authorize({ searchParams: asked }: URL, response: ServerResponse): void {
    const of = (name: string) => asked.get(name) ?? '';
    const client = this.#clients.get(of('client_id'));
    const isRegistered = client?.redirectUris?.includes(of('redirect_uri')) ?? true;
    if (!client || !isRegistered || of('code_challenge_method') !== 'S256') {
      response.writeHead(400).end();
      return;
    }
    const back = new URL(of('redirect_uri'));
    back.searchParams.set('state', of('state'));
    back.searchParams.set('iss', this.url);
    back.searchParams.set(
      'code',
      this.#newCode({
        redirectUri: of('redirect_uri'),
        challenge: of('code_challenge'),
        scope: of('scope'),
        account: this.account,
        nonce: asked.get('nonce'),
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
    this.resources.push(body.get('resource'));
    const client = this.#clients.get(body.get('client_id') ?? '');
    if (!client || client.secret !== body.get('client_secret')) {
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
    const family = { account: code.account, scope: code.scope, isRevoked: false };
    const idToken = code.scope.split(' ').includes('openid') && this.#idToken(code);
    this.#grant(response, family, idToken ? { id_token: idToken } : {});
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
    this.#grant(response, token.family, {}, text);
  }

  #idToken({ account, nonce }: Code): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: this.url, aud: CLIENT.clientId, sub: account, email: account, nonce };
    const signed = [{ alg: 'RS256' }, { ...claims, iat: now, exp: now + 600, ...this.claims }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  }

  #grant(response: ServerResponse, family: Family, more: object, before?: string): void {
    const [accessToken, refreshToken] = [`at-${randomUUID()}`, `rt-${randomUUID()}`];
    this.#accessTokens.set(accessToken, family);
    this.#refreshTokens.set(refreshToken, { family, before, isUsed: false, isEnded: false });
    json(response, 200, {
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: 3_600,
      scope: family.scope,
      ...more,
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
    const account = this.accountOf(authorization?.replace(/^Bearer /, '') ?? '');
    if (account === undefined) json(response, 401, { error: 'invalid_token' });
    else json(response, 200, { of: account, events: [{ title: `Lunch of ${account}` }] });
  }
}

const isGood = ({ isRevoked }: Family) => !isRevoked;

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
