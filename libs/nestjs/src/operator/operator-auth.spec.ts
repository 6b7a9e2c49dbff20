import { Get, Post, Req, type Type } from '@nestjs/common';
import { OptionsInvalidError } from '@rowhouse/core';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { actorOf, operatorOf, RequireOperatorRole } from './operator.js';
import { OperatorAuth, type OperatorAuthOptions } from './operator-auth.guard.js';
import { operatorController } from './operator-controller.js';

class DeskController {
  @Get('look')
  look(@Req() request: object) {
    return { operator: operatorOf(request), actor: actorOf(request) };
  }

  @Post('change')
  change() {
    return {};
  }

  @Post('remove')
  @RequireOperatorRole('owner')
  remove() {
    return {};
  }
}

const controllerFor = (auth: ConstructorParameters<typeof OperatorAuth>[0] | object): Type =>
  operatorController(
    {
      path: 'desk',
      auth: 'canActivate' in auth ? (auth as never) : new OperatorAuth(auth as OperatorAuthOptions),
    },
    DeskController,
  );

const ISSUER = 'https://login.example.com';
const verified = { issuer: ISSUER, audience: 'rowhouse' };
let publicKey: JWK;
let sign: (claims: object, options?: { audience?: string; expires?: string }) => Promise<string>;

beforeAll(async () => {
  const keys = await generateKeyPair('ES256', { extractable: true });
  publicKey = await exportJWK(keys.publicKey);
  sign = (claims, { audience = 'rowhouse', expires = '5m' } = {}) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(keys.privateKey);
});
afterEach(closeApps);

describe.each(PLATFORMS)('OperatorAuth on %s', (platform) => {
  const start = async (auth: object) => {
    const { url } = await startApp(platform, { controllers: [controllerFor(auth)] });
    return async (method: string, path: string, token?: string) => {
      const response = await fetch(`${url}/desk/${path}`, {
        method,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
  };

  it('lets roles do what they may, and no more', async () => {
    const roles = ['viewer', 'operator', 'owner'] as const;
    const call = await start({
      tokens: roles.map((role) => ({ role, id: `the ${role}`, token: () => role })),
    });
    const statuses = async (token: string) => [
      (await call('GET', 'look', token)).status,
      (await call('POST', 'change', token)).status,
      (await call('POST', 'remove', token)).status,
    ];
    expect(await statuses('viewer')).toEqual([200, 403, 403]);
    expect(await statuses('operator')).toEqual([200, 201, 403]);
    expect(await statuses('owner')).toEqual([200, 201, 201]);
    expect((await call('GET', 'look', 'viewer')).body).toEqual({
      operator: { id: 'the viewer', role: 'viewer' },
      actor: { type: 'operator', id: 'the viewer' },
    });
  });

  it('lets nobody in without a token, with an empty one, and with another', async () => {
    const call = await start({ tokens: [{ token: () => undefined }, { token: () => '' }] });
    for (const token of [undefined, '', 'x', 'undefined', 'a.b.c'])
      expect(await call('GET', 'look', token)).toMatchObject({
        status: 401,
        body: { code: 'OPERATOR_UNAUTHORIZED' },
      });
  });

  it('takes tokens of an identity provider, with the role that they state', async () => {
    const call = await start({ jwt: { publicKey, ...verified, roleClaim: 'rowhouse.roles' } });
    const status = async (token: string, path = 'look') =>
      (await call(path === 'look' ? 'GET' : 'POST', path, token)).status;
    const owner = await sign({ sub: 'ada', rowhouse: { roles: ['reader', 'owner', 'viewer'] } });
    expect(await status(owner, 'remove')).toBe(201);
    expect((await call('GET', 'look', owner)).body).toMatchObject({ operator: { id: 'ada', role: 'owner' } });
    expect(await status(await sign({ sub: 'ada', rowhouse: { roles: 'viewer' } }), 'change')).toBe(403);
    for (const refused of [
      sign({ sub: 'ada' }),
      sign({ sub: 'ada', rowhouse: { roles: ['OWNER'] } }),
      sign({ rowhouse: { roles: ['owner'] } }),
      sign({ sub: 'ada', rowhouse: { roles: ['owner'] } }, { audience: 'the-app' }),
      sign({ sub: 'ada', rowhouse: { roles: ['owner'] } }, { expires: '-1s' }),
    ])
      expect(await status(await refused)).toBe(401);
  });

  it('answers 429 after 20 wrong tokens of one address within a minute', async () => {
    const call = await start({ tokens: [{ token: () => 'right' }] });
    for (let count = 0; count < 20; count += 1)
      expect((await call('GET', 'look', `wrong-${count}`)).status).toBe(401);
    expect(await call('GET', 'look', 'right')).toMatchObject({
      status: 429,
      body: { code: 'TOO_MANY_SIGN_INS' },
    });
  });

  it('takes whoever another guard lets in for an owner, unless it says who it is', async () => {
    const call = await start({ canActivate: () => true });
    expect((await call('GET', 'look')).body).toMatchObject({ operator: { id: 'unknown', role: 'owner' } });
  });
});

it('OperatorAuth refuses options by which nobody or everybody would be let in', () => {
  for (const options of [
    {},
    { tokens: [] },
    { tokens: [{ token: 'text' }] },
    { tokens: [{ token: () => 'a', role: 'root' }] },
    { jwt: { publicKey: {}, issuer: ISSUER } },
    { jwt: { issuer: ISSUER, audience: 'a' } },
  ])
    expect(() => new OperatorAuth(options as OperatorAuthOptions)).toThrow(OptionsInvalidError);
});
