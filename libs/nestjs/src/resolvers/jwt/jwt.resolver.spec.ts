import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  OptionsInvalidError,
  TenantIdInvalidError,
  TenantStoreUnavailableError,
  TenantTokenInvalidError,
} from '@rowhouse/core';
import { exportJWK, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { toTenantRequest } from '../request/to-tenant-request.js';
import { JwtResolver } from './jwt.resolver.js';
import { type JwtResolverOptions } from './jwt-options.js';

const secret = 'a shared secret of at least 32 bytes';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();

const NOW_S = 1_800_000_000;
const now = () => NOW_S * 1000;
/** The `exp` of tokens that say no other. */
const FAR = 4_000_000_000;

interface Signing {
  key?: KeyObject | Uint8Array;
  alg?: string;
  kid?: string;
  typ?: string;
}

function sign(
  payload: JWTPayload,
  { key = Buffer.from(secret), alg = 'HS256', ...header }: Signing = {},
): Promise<string> {
  return new SignJWT({ exp: FAR, ...payload }).setProtectedHeader({ alg, ...header }).sign(key);
}

const bearing = (token: string) => toTenantRequest({ authorization: `Bearer ${token}` });

/** Resolves asynchronously whatever the resolver does, so that refusals look alike. */
async function resolve(resolver: JwtResolver, token: string) {
  return resolver.resolve(bearing(token));
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token made by hand, for what no library would sign. */
function handmade(header: object, payload: object, mac: string | Uint8Array, digest = 'sha256'): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac(digest, mac).update(input).digest('base64url')}`;
}

describe('JwtResolver', () => {
  const resolver = new JwtResolver({ secret, now });

  describe('reads the tenant from a token signed with', () => {
    it.each<[string, JwtResolverOptions, Signing]>([
      ['a shared secret', { secret }, {}],
      ['a shared secret in bytes', { secret: Buffer.from(secret) }, {}],
      [
        'HS512 and 64 bytes',
        { secret: 's'.repeat(64), algorithms: ['HS512'] },
        { key: Buffer.from('s'.repeat(64)), alg: 'HS512' },
      ],
      ['RSA, PEM', { publicKey: rsaPem }, { key: rsa.privateKey, alg: 'RS256' }],
      [
        'RSA, PEM of PKCS#1',
        { publicKey: rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString() },
        { key: rsa.privateKey, alg: 'RS512' },
      ],
      ['RSA-PSS', { publicKey: rsaPem }, { key: rsa.privateKey, alg: 'PS256' }],
      [
        'RSA, JWK',
        { publicKey: rsa.publicKey.export({ format: 'jwk' }) as JWK },
        { key: rsa.privateKey, alg: 'RS256' },
      ],
      ['RSA, KeyObject', { publicKey: rsa.publicKey }, { key: rsa.privateKey, alg: 'RS256' }],
      ['an elliptic curve', { publicKey: ec.publicKey }, { key: ec.privateKey, alg: 'ES256' }],
      ['Ed25519', { publicKey: ed.publicKey }, { key: ed.privateKey, alg: 'EdDSA' }],
    ])('%s', async (_, options, signing) => {
      const token = await sign({ tenant_id: 'acme' }, signing);
      await expect(resolve(new JwtResolver(options), token)).resolves.toEqual({
        kind: 'slug',
        value: 'acme',
      });
    });

    it('one key of a local key set, chosen by kid', async () => {
      const keys = [
        { ...(await exportJWK(otherRsa.publicKey)), kid: 'old' },
        { ...(await exportJWK(rsa.publicKey)), kid: 'new' },
      ];
      const local = new JwtResolver({ jwks: { keys } });
      const signing = { key: rsa.privateKey, alg: 'RS256' };
      const reference = { kind: 'slug', value: 'acme' };
      await expect(
        resolve(local, await sign({ tenant_id: 'acme' }, { ...signing, kid: 'new' })),
      ).resolves.toEqual(reference);
      for (const kid of ['old', 'unknown', undefined]) {
        await expect(resolve(local, await sign({ tenant_id: 'acme' }, { ...signing, kid }))).rejects.toThrow(
          TenantTokenInvalidError,
        );
      }
    });
  });

  it('says nothing, and at once, about a request without a token', () => {
    expect(resolver.resolve(toTenantRequest({}))).toBeUndefined();
    expect(resolver.resolve(toTenantRequest({ authorization: 'Basic YTpi' }))).toBeUndefined();
  });

  it('reads a token from another header, or from a cookie', async () => {
    const token = await sign({ tenant_id: 'acme' });
    const reference = { kind: 'slug', value: 'acme' };
    const header = new JwtResolver({ secret, header: 'X-Access-Token' });
    const cookie = new JwtResolver({ secret, cookie: 'session' });
    const both = new JwtResolver({ secret, header: 'Authorization', cookie: 'session' });
    await expect(header.resolve(toTenantRequest({ 'x-access-token': token }))).resolves.toEqual(reference);
    await expect(cookie.resolve(toTenantRequest({ cookie: `session=${token}` }))).resolves.toEqual(reference);
    await expect(both.resolve(toTenantRequest({ cookie: `session=${token}` }))).resolves.toEqual(reference);
    await expect(both.resolve(bearing(token))).resolves.toEqual(reference);
    expect(header.resolve(bearing(token))).toBeUndefined();
    expect(cookie.resolve(bearing(token))).toBeUndefined();
  });

  describe('finds the claim', () => {
    const id = '0b6a3f1e-5f5e-4c1a-9d3e-2f7a8b9c0d1e';
    it.each<[string | string[] | undefined, JWTPayload, unknown]>([
      [undefined, { tenant_id: id.toUpperCase() }, { kind: 'id', value: id }],
      ['org', { org: 'acme' }, { kind: 'slug', value: 'acme' }],
      ['org.id', { org: { id: 'acme' } }, { kind: 'slug', value: 'acme' }],
      [
        ['https://example.com/org', 'id'],
        { 'https://example.com/org': { id: 'acme' } },
        { kind: 'slug', value: 'acme' },
      ],
      [['org.id'], { 'org.id': 'acme', org: { id: 'globex' } }, { kind: 'slug', value: 'acme' }],
      ['org.id', { 'org.id': 'acme' }, undefined],
      ['org.id', { org: {} }, undefined],
      ['org.id', { org: null }, undefined],
      ['org.id', {}, undefined],
      ['tenant_id', { tenant_id: null }, undefined],
      ['__proto__', {}, undefined],
      ['__proto__.tenant', {}, undefined],
      ['constructor.name', {}, undefined],
      [['org', '__proto__', 'tenant'], { org: {} }, undefined],
      ['org.toString', { org: {} }, undefined],
    ])('%j in %j', async (claim, payload, reference) => {
      await expect(resolve(new JwtResolver({ secret, claim }), await sign(payload))).resolves.toEqual(
        reference,
      );
    });

    it.each<[string, JWTPayload]>([
      ['tenant_id', { tenant_id: ['acme'] }],
      ['tenant_id', { tenant_id: { slug: 'acme' } }],
      ['tenant_id', { tenant_id: 42 }],
      ['tenant_id', { tenant_id: true }],
      ['tenant_id', { tenant_id: '' }],
      ['tenant_id', { tenant_id: 'ACME' }],
      ['tenant_id', { tenant_id: "acme'; --" }],
      ['tenant_id', { tenant_id: 'a'.repeat(5_000) }],
      ['org.id', { org: 'acme' }],
      ['org.0', { org: ['acme'] }],
      ['org.length', { org: ['acme'] }],
      ['org.id', { org: { id: { id: 'acme' } } }],
    ])('and refuses %j in %j', async (claim, payload) => {
      await expect(resolve(new JwtResolver({ secret, claim }), await sign(payload))).rejects.toThrow(
        TenantIdInvalidError,
      );
    });

    it('not in a payload that carries __proto__ as a key', async () => {
      const header = encode({ alg: 'HS256' });
      const payload = Buffer.from(`{"exp":${FAR},"__proto__":{"tenant_id":"globex"}}`).toString('base64url');
      const mac = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
      await expect(resolve(resolver, `${header}.${payload}.${mac}`)).resolves.toBeUndefined();
    });
  });

  describe('refuses a token', () => {
    const rsaResolver = new JwtResolver({ publicKey: rsaPem, now });
    const payload = { tenant_id: 'acme', exp: FAR };

    it('without a signature (alg none), however it is written', async () => {
      const unsecured = new UnsecuredJWT(payload).encode();
      await expect(resolve(resolver, unsecured)).rejects.toThrow(TenantTokenInvalidError);
      for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
        const token = handmade({ alg, typ: 'JWT' }, payload, secret);
        await expect(resolve(resolver, token)).rejects.toThrow(TenantTokenInvalidError);
        await expect(resolve(rsaResolver, token)).rejects.toThrow(TenantTokenInvalidError);
      }
    });

    it.each([
      ['its PEM', rsaPem],
      ['its PEM, trimmed', rsaPem.trim()],
      ['its DER', rsa.publicKey.export({ type: 'spki', format: 'der' })],
      ['its modulus', Buffer.from(rsa.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url')],
    ])('that uses the RSA public key as an HMAC secret: %s', async (_, mac) => {
      const token = handmade({ alg: 'HS256' }, payload, mac);
      await expect(resolve(rsaResolver, token)).rejects.toThrow(TenantTokenInvalidError);
      const keySet = new JwtResolver({ jwks: { keys: [await exportJWK(rsa.publicKey)] } });
      await expect(resolve(keySet, token)).rejects.toThrow(TenantTokenInvalidError);
    });

    it('that brings its own key', async () => {
      const jwk = await exportJWK(otherRsa.publicKey);
      for (const header of [
        { jwk },
        { jku: 'http://127.0.0.1:9/keys' },
        { x5u: 'http://127.0.0.1:9/cert' },
      ]) {
        const token = await new SignJWT(payload)
          .setProtectedHeader({ alg: 'RS256', ...header })
          .sign(otherRsa.privateKey);
        await expect(resolve(rsaResolver, token)).rejects.toThrow(TenantTokenInvalidError);
      }
    });

    it('with an algorithm that fits the key but is not allowed', async () => {
      const only = new JwtResolver({ publicKey: rsaPem, algorithms: ['PS256'] });
      const token = (alg: string) => sign(payload, { key: rsa.privateKey, alg });
      await expect(resolve(only, await token('RS256'))).rejects.toThrow(TenantTokenInvalidError);
      await expect(resolve(only, await token('PS256'))).resolves.toBeDefined();
      await expect(resolve(resolver, handmade({ alg: 'HS512' }, payload, secret, 'sha512'))).rejects.toThrow(
        TenantTokenInvalidError,
      );
    });

    it('with an algorithm other than the one its JWK is for', async () => {
      const jwk = { ...(await exportJWK(rsa.publicKey)), alg: 'RS256' };
      const bound = new JwtResolver({ publicKey: jwk });
      const token = (alg: string) => sign(payload, { key: rsa.privateKey, alg });
      await expect(resolve(bound, await token('PS256'))).rejects.toThrow(TenantTokenInvalidError);
      await expect(resolve(bound, await token('RS256'))).resolves.toBeDefined();
    });

    it('that is signed by somebody else', async () => {
      await expect(resolve(resolver, handmade({ alg: 'HS256' }, payload, `${secret}.`))).rejects.toThrow(
        TenantTokenInvalidError,
      );
      const token = await sign(payload, { key: otherRsa.privateKey, alg: 'RS256' });
      await expect(resolve(rsaResolver, token)).rejects.toThrow(TenantTokenInvalidError);
    });

    it('whose payload was changed', async () => {
      const [header, , signature] = (await sign(payload)).split('.');
      const changed = `${header}.${encode({ tenant_id: 'globex' })}.${signature}`;
      await expect(resolve(resolver, changed)).rejects.toThrow(TenantTokenInvalidError);
    });

    it('that marks an extension as critical', async () => {
      const token = handmade({ alg: 'HS256', crit: ['rowhouse'], rowhouse: 1 }, payload, secret);
      await expect(resolve(resolver, token)).rejects.toThrow(TenantTokenInvalidError);
      const unencoded = handmade({ alg: 'HS256', crit: ['b64'], b64: false }, payload, secret);
      await expect(resolve(resolver, unencoded)).rejects.toThrow(TenantTokenInvalidError);
    });

    it.each(['"acme"', '["acme"]', 'null', '42', '{', ''])('whose payload is %j', async (json) => {
      const input = `${encode({ alg: 'HS256' })}.${Buffer.from(json || ' ').toString('base64url')}`;
      const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
      await expect(resolve(resolver, token)).rejects.toThrow(TenantTokenInvalidError);
    });

    it.each(['not-a-token', 'a.b.c', '..', 'a.b', 'a.b.c.d'])('that is %j', async (token) => {
      await expect(resolve(resolver, token)).rejects.toThrow(TenantTokenInvalidError);
    });

    it('out of its time, give or take the tolerance', async () => {
      const lenient = new JwtResolver({ secret, now, clockToleranceSeconds: 30 });
      const past = await sign({ ...payload, exp: NOW_S - 10 });
      const future = await sign({ ...payload, nbf: NOW_S + 10 });
      for (const token of [past, future]) {
        await expect(resolve(resolver, token)).rejects.toThrow(TenantTokenInvalidError);
        await expect(resolve(lenient, token)).resolves.toBeDefined();
      }
      const longPast = await sign({ ...payload, exp: NOW_S - 31 });
      await expect(resolve(lenient, longPast)).rejects.toThrow(TenantTokenInvalidError);
      await expect(resolve(resolver, await sign({ ...payload, exp: NOW_S }))).rejects.toThrow(
        TenantTokenInvalidError,
      );
      await expect(resolve(resolver, await sign({ ...payload, exp: NOW_S + 1 }))).resolves.toBeDefined();
    });

    it.each<[string, Partial<JwtResolverOptions>, JWTPayload, JWTPayload]>([
      ['audience', { audience: 'api' }, { aud: 'api' }, { aud: 'web' }],
      ['audience, among several', { audience: ['api', 'jobs'] }, { aud: ['x', 'jobs'] }, { aud: ['x'] }],
      ['audience, missing', { audience: 'api' }, { aud: 'api' }, {}],
      ['issuer', { issuer: 'https://id.test' }, { iss: 'https://id.test' }, { iss: 'https://evil.test' }],
      ['issuer, among several', { issuer: ['a', 'b'] }, { iss: 'b' }, { iss: 'a,b' }],
      ['issuer, missing', { issuer: 'a' }, { iss: 'a' }, {}],
      ['required claim', { requiredClaims: ['sub'] }, { sub: 'ada' }, {}],
    ])('with the wrong %s', async (_, options, right, wrong) => {
      const checking = new JwtResolver({ secret, now, ...options });
      await expect(resolve(checking, await sign({ ...payload, ...right }))).resolves.toBeDefined();
      await expect(resolve(checking, await sign({ ...payload, ...wrong }))).rejects.toThrow(
        TenantTokenInvalidError,
      );
    });

    it('without an expiry, unless they are allowed', async () => {
      const endless = await new SignJWT({ tenant_id: 'acme' })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from(secret));
      await expect(resolve(resolver, endless)).rejects.toThrow(TenantTokenInvalidError);
      const allowing = new JwtResolver({ secret, now, allowWithoutExpiry: true });
      await expect(resolve(allowing, endless)).resolves.toEqual({ kind: 'slug', value: 'acme' });
      await expect(resolve(allowing, await sign({ ...payload, exp: NOW_S - 1 }))).rejects.toThrow(
        TenantTokenInvalidError,
      );
    });

    it('of the wrong type', async () => {
      const typed = new JwtResolver({ secret, tokenType: 'at+jwt' });
      await expect(resolve(typed, await sign(payload, { typ: 'at+jwt' }))).resolves.toBeDefined();
      await expect(resolve(typed, await sign(payload, { typ: 'JWT' }))).rejects.toThrow(
        TenantTokenInvalidError,
      );
      await expect(resolve(typed, await sign(payload))).rejects.toThrow(TenantTokenInvalidError);
    });

    it('and says why only to developers', async () => {
      const error = await resolve(resolver, await sign({ ...payload, exp: 1 })).catch((caught) => caught);
      expect(error.cause).toMatchObject({ code: 'ERR_JWT_EXPIRED' });
      expect(JSON.stringify(error.toProblem())).not.toMatch(/exp|acme/);
      expect(error.status).toBe(401);
    });
  });

  describe('with a key set behind a URL', () => {
    let server: Server;
    let listener: RequestListener;
    let url: string;
    let fetches: number;

    beforeEach(async () => {
      fetches = 0;
      server = createServer((request, response) => {
        fetches += 1;
        listener(request, response);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    });

    afterEach(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });

    const token = () => sign({ tenant_id: 'acme' }, { key: rsa.privateKey, alg: 'RS256', kid: 'k1' });
    const serve = (body: unknown, status = 200): RequestListener => {
      return (_, response) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };

    it('verifies, and fetches once', async () => {
      listener = serve({ keys: [{ ...(await exportJWK(rsa.publicKey)), kid: 'k1' }] });
      const remote = new JwtResolver({ jwksUrl: url });
      const answers = await Promise.all([resolve(remote, await token()), resolve(remote, await token())]);
      expect(answers).toEqual(Array(2).fill({ kind: 'slug', value: 'acme' }));
      await resolve(remote, await token());
      expect(fetches).toBe(1);
    });

    it('does not fetch again for each unknown key id', async () => {
      listener = serve({ keys: [{ ...(await exportJWK(rsa.publicKey)), kid: 'k1' }] });
      const remote = new JwtResolver({ jwksUrl: new URL(url) });
      for (const kid of ['x', 'y', 'z']) {
        const forged = await sign({ tenant_id: 'acme' }, { key: otherRsa.privateKey, alg: 'RS256', kid });
        await expect(resolve(remote, forged)).rejects.toThrow(TenantTokenInvalidError);
      }
      expect(fetches).toBe(1);
    });

    it('does not blame the token when the keys cannot be had', async () => {
      const remote = new JwtResolver({ jwksUrl: url });
      for (const failing of [serve({}, 500), serve({}, 302), serve({ nokeys: true }), serve('text')]) {
        listener = failing;
        await expect(resolve(remote, await token())).rejects.toThrow(TenantStoreUnavailableError);
      }
      listener = (request) => request.socket.destroy();
      await expect(resolve(remote, await token())).rejects.toThrow(TenantStoreUnavailableError);
    });
  });

  describe('with a cache', () => {
    let nowMs = NOW_S * 1000;
    const cached = () => new JwtResolver({ secret, cache: { ttlSeconds: 60 }, now: () => nowMs });

    it('answers a token it verified at once, until the token expires', async () => {
      const by = cached();
      const token = await sign({ tenant_id: 'acme', exp: nowMs / 1000 + 10 });
      const first = by.resolve(bearing(token));
      expect(first).toBeInstanceOf(Promise);
      await first;
      expect(by.resolve(bearing(token))).toEqual({ kind: 'slug', value: 'acme' });
      nowMs += 10_000;
      await expect(by.resolve(bearing(token))).rejects.toThrow(TenantTokenInvalidError);
    });

    it('verifies another token with the same payload', async () => {
      const by = cached();
      const token = await sign({ tenant_id: 'acme' });
      await by.resolve(bearing(token));
      await expect(by.resolve(bearing(`${token.slice(0, -4)}AAAA`))).rejects.toThrow(TenantTokenInvalidError);
    });

    it('remembers neither a token that failed nor a claim that was refused', async () => {
      const by = cached();
      const bad = handmade({ alg: 'HS256' }, { tenant_id: 'acme' }, 'wrong');
      const malformed = await sign({ tenant_id: 'ACME' });
      for (let i = 0; i < 2; i += 1) {
        await expect(by.resolve(bearing(bad))).rejects.toThrow(TenantTokenInvalidError);
        await expect(by.resolve(bearing(malformed))).rejects.toThrow(TenantIdInvalidError);
      }
    });

    it('is off unless asked for', async () => {
      const token = await sign({ tenant_id: 'acme' });
      await resolver.resolve(bearing(token));
      expect(resolver.resolve(bearing(token))).toBeInstanceOf(Promise);
    });
  });

  describe('refuses, when it is made,', () => {
    const smallRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
    const privatePem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const privateJwk = createPrivateKey(privatePem).export({ format: 'jwk' }) as JWK;
    const jwks = { keys: [rsa.publicKey.export({ format: 'jwk' }) as JWK] };

    it.each<[string, object, string]>([
      ['no key', {}, 'options: expected exactly one of secret, publicKey, jwksUrl, jwks; got 0'],
      [
        'two keys',
        { secret, publicKey: rsaPem },
        'options: expected exactly one of secret, publicKey, jwksUrl, jwks; got 2',
      ],
      ['a short secret', { secret: 'changeme' }, 'secret: expected at least 32 bytes for HS256'],
      [
        'a secret too short for its algorithm',
        { secret, algorithms: ['HS256', 'HS512'] },
        'secret: expected at least 64 bytes',
      ],
      ['a PEM as secret', { secret: rsaPem }, 'secret: expected a shared secret; give a PEM as publicKey'],
      ['PEM bytes as secret', { secret: Buffer.from(rsaPem) }, 'secret: expected a shared secret'],
      [
        'RS256 with a secret',
        { secret, algorithms: ['RS256'] },
        'algorithms: expected HS256, HS384, HS512 for a shared secret, not RS256',
      ],
      [
        'HS256 with a public key',
        { publicKey: rsaPem, algorithms: ['RS256', 'HS256'] },
        'algorithms: expected RS256',
      ],
      ['HS256 with a key set', { jwks, algorithms: ['HS256'] }, 'algorithms: expected RS256'],
      [
        'HS256 with a key set URL',
        { jwksUrl: 'https://id.test/keys', algorithms: ['HS256'] },
        'algorithms: expected RS256',
      ],
      [
        'ES256 with an RSA key',
        { publicKey: rsaPem, algorithms: ['ES256'] },
        'for this public key, not ES256',
      ],
      ['none', { secret, algorithms: ['none'] }, 'algorithms[0]: expected some of HS256'],
      ['no algorithms', { secret, algorithms: [] }, 'algorithms: expected at least one algorithm'],
      ['a private PEM', { publicKey: privatePem }, 'publicKey: expected a public key; keep private keys'],
      ['a private JWK', { publicKey: privateJwk }, 'publicKey: expected a public key; keep private keys'],
      [
        'a private KeyObject',
        { publicKey: rsa.privateKey },
        'publicKey: expected a public key; keep private keys',
      ],
      ['a secret as JWK', { publicKey: { kty: 'oct', k: 'AAAA' } }, 'publicKey: expected a public key'],
      ['text as public key', { publicKey: 'rsa' }, 'publicKey: expected a public key: PEM'],
      ['a small RSA key', { publicKey: smallRsa }, 'publicKey: expected an RSA key of at least 2048 bits'],
      ['an unusual curve', { publicKey: koblitz }, 'publicKey: expected one of the curves'],
      ['a key set without keys', { jwks: {} }, 'jwks: expected a JSON Web Key Set'],
      [
        'a key set with a secret',
        { jwks: { keys: [...jwks.keys, { kty: 'oct', k: 'AAAA' }] } },
        'jwks: expected public keys only; keys[1]',
      ],
      ['a key set over http', { jwksUrl: 'http://id.test/keys' }, 'jwksUrl: expected https'],
      [
        'a key set in a file',
        { jwksUrl: 'file:///etc/keys', allowInsecureJwksUrl: true },
        'jwksUrl: expected https',
      ],
      ['a URL that is none', { jwksUrl: 'id.test' }, 'jwksUrl: '],
      ['an empty claim', { secret, claim: '' }, 'claim: '],
      ['an empty segment', { secret, claim: 'org..id' }, 'claim: expected no empty segment'],
      ['a cookie name with a blank', { secret, cookie: 'my session' }, 'cookie: expected a cookie name'],
      ['a negative tolerance', { secret, clockToleranceSeconds: -1 }, 'clockToleranceSeconds: '],
      ['an unbounded cache', { secret, cache: { maxTokens: Number.POSITIVE_INFINITY } }, 'cache.maxTokens: '],
      ['an unknown option', { secret, aud: 'api' }, 'options: Unrecognized key: "aud"'],
    ])('%s', (_, options, message) => {
      let error: unknown;
      try {
        new JwtResolver(options as JwtResolverOptions);
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(OptionsInvalidError);
      expect((error as Error).message).toMatch(/^JwtResolver: /);
      expect((error as Error).message).toContain(message);
    });

    it('and never shows the secret', () => {
      expect(() => new JwtResolver({ secret: 'hunter2' })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
      );
    });
  });

  it('allows http for a key set when told to', () => {
    expect(
      () => new JwtResolver({ jwksUrl: 'http://id.internal/keys', allowInsecureJwksUrl: true }),
    ).not.toThrow();
  });
});
