import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import { type Actor, TenantContext } from '@rowhouse/core';
import {
  CursorInvalidError,
  PageLimitInvalidError,
  RowNotFoundError,
  VersionConflictError,
} from '@rowhouse/typeorm';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { actorOfRequest } from './request-actor.js';

/** Knows users by a header, as a guard knows them by a token. */
class SignedInGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: object }>();
    const name = request.headers['x-user'];
    if (name !== undefined) request.user = { sub: name };
    return true;
  }
}

const ERRORS: Readonly<Record<string, Error>> = {
  cursor: new CursorInvalidError(),
  limit: new PageLimitInvalidError(100),
  row: new RowNotFoundError('Order'),
  version: new VersionConflictError('Order', 3),
};

@Controller()
@UseGuards(SignedInGuard)
class WhoController {
  @Get('who')
  who(): object {
    return { actor: TenantContext.actor() ?? null };
  }

  @Post('who')
  async whoPosts(): Promise<object> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.who();
  }

  @Get('system')
  @SystemRoute('asked for')
  system(): object {
    return this.who();
  }

  @Get('errors/:name')
  fail(@Param('name') name: string): never {
    throw ERRORS[name];
  }
}

const controllers = [WhoController];

afterEach(closeApps);

async function actorAt(url: string, user: string | undefined, init: RequestInit = {}): Promise<Actor | null> {
  const headers = {
    'x-tenant-id': 'acme',
    'content-type': 'application/json',
    ...(user && { 'x-user': user }),
  };
  const response = await fetch(url, { ...init, headers });
  return ((await response.json()) as { actor: Actor | null }).actor;
}

describe.each(PLATFORMS)('the actor of a request on %s', (platform) => {
  it('is the user that guards have found, each in their own request', async () => {
    const { url } = await startApp(platform, { controllers });
    const ann = { type: 'user', id: 'ann' };
    expect(await actorAt(`${url}/who`, 'ann')).toEqual(ann);
    expect(await actorAt(`${url}/who`, undefined)).toBeNull();
    expect(await actorAt(`${url}/system`, 'ann')).toEqual(ann);
    const users = Array.from({ length: 20 }, (_, n) => `user-${n}`);
    const body = JSON.stringify({ text: 'x'.repeat(50_000) });
    const found = await Promise.all(
      users.map((user) => actorAt(`${url}/who`, user, { method: 'POST', body })),
    );
    expect(found.map((actor) => actor?.id)).toEqual(users);
  });

  it('is who the app says', async () => {
    const actorOf = ({ headers }: { headers: Record<string, string> }) => ({
      type: 'service',
      id: `${headers['x-user']}`,
    });
    const { url } = await startApp(platform, { controllers, tenancy: { actorOf } });
    expect(await actorAt(`${url}/who`, 'robot')).toEqual({ type: 'service', id: 'robot' });
  });

  it.each([
    ['cursor', 400, 'CURSOR_INVALID'],
    ['limit', 400, 'PAGE_LIMIT_INVALID'],
    ['row', 404, 'ROW_NOT_FOUND'],
    ['version', 409, 'VERSION_CONFLICT'],
  ])('gets the errors of entities as problem documents: %s', async (name, status, code) => {
    const { url } = await startApp(platform, { controllers });
    const response = await fetch(`${url}/errors/${name}`, { headers: { 'x-tenant-id': 'acme' } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch('application/problem+json');
    expect(await response.json()).toMatchObject({ status, code, instance: `/errors/${name}` });
  });
});

it.each([
  [undefined, undefined],
  ['ann', undefined],
  [{ sub: 'ann', id: 1 }, 'ann'],
  [{ id: 7 }, '7'],
  [{ id: {} }, undefined],
])('the user of a request is its `sub`, or else its `id`: %j', (user, id) => {
  expect(actorOfRequest({ user })).toEqual(id === undefined ? undefined : { type: 'user', id });
});
