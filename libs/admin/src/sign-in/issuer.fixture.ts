import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

interface SigningKey {
  readonly kid: string;
  readonly publicKey: JWK;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
}

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly nonce: string;
}

/** A small OpenID Connect provider that signs in everybody at once, and lies where a spec tells it to. */
export class Issuer {
  /** Claims of the next ID tokens, over the true ones. */
  claims: Record<string, unknown> = { sub: 'ada', name: 'Ada Lovelace', roles: ['operator'] };
  /** Times that the token endpoint was asked. */
  tokenRequests = 0;
  /** Answers of the token endpoint in place of the true ones. */
  tokenFault: number | undefined;
  readonly clientId = 'rowhouse';
  readonly clientSecret = 'a secret of the client & more';
  #keys: SigningKey[] = [];
  #signingKey: SigningKey | undefined;
  readonly #grants = new Map<string, Grant>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status = 200, headers = {}, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(body === undefined ? '' : JSON.stringify(body));
      });
    });
  }

  static async open(): Promise<Issuer> {
    const issuer = new Issuer();
    await issuer.rotateKey();
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Signs with a new key, and forgets the one before. */
  async rotateKey(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = randomUUID();
    const key = { kid, publicKey: { ...(await exportJWK(publicKey)), kid, alg: 'RS256' }, privateKey };
    this.#keys = [key];
    this.#signingKey = key;
  }

  /** Signs with a key that it does not publish. */
  async forgeKey(): Promise<void> {
    const published = this.#keys;
    await this.rotateKey();
    this.#signingKey = { ...(this.#signingKey as SigningKey), kid: published[0]?.kid as string };
    this.#keys = published;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ status?: number; headers?: Record<string, string>; body?: unknown }> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return {
          body: {
            issuer: this.url,
            authorization_endpoint: `${this.url}/authorize`,
            token_endpoint: `${this.url}/token`,
            jwks_uri: `${this.url}/jwks`,
            response_types_supported: ['code'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256'],
            token_endpoint_auth_methods_supported: ['client_secret_post'],
            code_challenge_methods_supported: ['S256'],
            authorization_response_iss_parameter_supported: true,
          },
        };
      case '/jwks':
        return { body: { keys: this.#keys.map(({ publicKey }) => publicKey) } };
      case '/authorize':
        return { status: 303, headers: { location: this.#authorize(searchParams) } };
      case '/token':
        return this.#token(new URLSearchParams(await textOf(request)));
      default:
        return { status: 404 };
    }
  }

  #authorize(asked: URLSearchParams): string {
    if (asked.get('response_type') !== 'code' || asked.get('code_challenge_method') !== 'S256')
      throw new Error(`No authorization code flow with PKCE: ${asked}`);
    const code = randomUUID();
    const redirectUri = asked.get('redirect_uri') ?? '';
    this.#grants.set(code, {
      challenge: asked.get('code_challenge') ?? '',
      redirectUri,
      nonce: asked.get('nonce') ?? '',
    });
    const answer = { code, state: asked.get('state') ?? '', iss: this.url };
    return `${redirectUri}?${new URLSearchParams(answer)}`;
  }

  async #token(asked: URLSearchParams): Promise<{ status?: number; body?: unknown }> {
    this.tokenRequests += 1;
    if (this.tokenFault) return { status: this.tokenFault };
    const code = asked.get('code') ?? '';
    const grant = this.#grants.get(code);
    this.#grants.delete(code);
    const challenge = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight =
      grant?.challenge === challenge &&
      grant.redirectUri === asked.get('redirect_uri') &&
      asked.get('client_id') === this.clientId &&
      asked.get('client_secret') === this.clientSecret;
    if (!isRight) return { status: 400, body: { error: 'invalid_grant' } };
    const { kid, privateKey } = this.#signingKey as SigningKey;
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: this.url, aud: this.clientId, nonce: grant.nonce, iat: now, exp: now + 300 };
    const idToken = await new SignJWT({ ...claims, ...this.claims })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(privateKey);
    return { body: { access_token: 'unused', token_type: 'Bearer', id_token: idToken } };
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
