import { jest } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Param,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Catalog, TenantDirectory } from '@rowhouse/core';
import { SystemRoute, TenantController } from '@rowhouse/nestjs';
import { Client } from 'pg';
import { until } from '../../../test/support/until.js';
import { AdminDeployment, type CallOptions } from './admin-app.fixture.js';
import { MembershipPolicy } from './members/membership.policy.js';
import { TenantSettings } from './settings/tenant-settings.js';

const issuer = 'https://id.example.com';

/** As a guard that has verified a token. */
class FakeAuth implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    request.user = { iss: issuer, sub: request.headers['x-user'] };
    return true;
  }
}

@TenantController('theme')
class ThemeController {
  constructor(private readonly settings: TenantSettings<{ theme: string }>) {}

  @Get()
  async theme() {
    return { theme: (await this.settings.get()).theme };
  }
}

@Controller('domains')
@SystemRoute()
class DomainOwnerController {
  constructor(private readonly directory: TenantDirectory) {}

  @Get(':domain')
  async owner(@Param('domain') domain: string) {
    return { slug: (await this.directory.byDomain(domain))?.slug ?? null };
  }
}

type App = Awaited<ReturnType<AdminDeployment['start']>>;

/** A change at one instance, and what the other one answers before it and after it. */
interface Scene {
  readonly change: () => Promise<unknown>;
  readonly look: () => Promise<unknown>;
  readonly before: unknown;
  readonly after: unknown;
}

/** No less than anything is held for. */
const TIME_TO_LIVE_MS = 60_000;

let deployment: AdminDeployment;
let one: App;
let other: App;
const zone = new Map<string, string>();
let passedMs = 0;
let isCut = false;
let count = 0;

beforeAll(async () => {
  const { now } = performance;
  jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + passedMs);
  const connect: (...args: unknown[]) => unknown = Client.prototype.connect;
  jest.spyOn(Client.prototype, 'connect').mockImplementation(function (this: unknown, ...args: unknown[]) {
    const { application_name } = Object(this).connectionParameters;
    if (isCut && application_name === 'rowhouse-listener')
      return Promise.reject(new Error('The line is cut.'));
    return connect.apply(this, args);
  } as never);
  deployment = await AdminDeployment.open();
  const options = {
    controllers: [ThemeController, DomainOwnerController],
    providers: [{ provide: APP_GUARD, useClass: FakeAuth }],
    accessPolicy: MembershipPolicy,
    domains: { resolveTxt: async (name: string) => [[zone.get(name) ?? '']] },
  };
  one = await deployment.start(options);
  other = await deployment.start({ ...options, platform: 'fastify' });
});
afterAll(async () => {
  await deployment.close();
  jest.restoreAllMocks();
});
afterEach(() => restoreListening());

const isListening = ({ app }: { app: INestApplication }) => app.get(Catalog).notifications.isListening;

async function cutListening(): Promise<void> {
  isCut = true;
  await one.app
    .get(Catalog)
    .query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rowhouse-listener' and datname = current_database()`,
    );
  await until(() => !isListening(one) && !isListening(other));
  // What was notified before is gathered for 10 ms.
  await new Promise((resolve) => setTimeout(resolve, 50));
}

async function restoreListening(): Promise<void> {
  isCut = false;
  for (const app of [one, other]) {
    await until(() => isListening(app));
  }
}

async function send(method: string, path: string, body?: CallOptions['body']) {
  const answer = await one.call(method, path, { body });
  if (answer.status >= 300)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

async function ask(path: string, headers: Record<string, string>) {
  const response = await fetch(`${other.url}/${path}`, { headers });
  const body = (await response.json()) as { code?: string; theme?: string; slug?: string };
  return response.ok ? (body.theme ?? body.slug) : body.code;
}

/** A tenant, of which ada is a member. */
async function tenant(): Promise<string> {
  count += 1;
  const slug = `acme-${count}`;
  await one.ended(await send('POST', 'tenants', { slug }));
  await member(slug, 'ada');
  return slug;
}

async function member(slug: string, subject: string): Promise<string> {
  const email = `${subject}@example.com`;
  return (await send('POST', `tenants/${slug}/members`, { issuer, subject, email, roles: ['owner'] })).body
    .id;
}

const scenes: Readonly<Record<string, (slug: string) => Promise<Scene>>> = {
  'a suspension': async (slug) => ({
    change: () => send('POST', `tenants/${slug}/suspend`),
    look: () => ask('theme', { 'x-tenant-id': slug, 'x-user': 'ada' }),
    before: 'light',
    after: 'TENANT_SUSPENDED',
  }),
  'a revoked key': async (slug) => {
    const { key, id } = (await send('POST', `tenants/${slug}/keys`, { label: 'ci' })).body;
    return {
      change: () => send('DELETE', `tenants/${slug}/keys/${id}`),
      look: () => ask('theme', { 'x-api-key': key, 'x-user': 'ada' }),
      before: 'light',
      after: 'TENANT_NOT_FOUND',
    };
  },
  'a setting': async (slug) => ({
    change: () => send('PATCH', `tenants/${slug}/settings`, { theme: 'dark' }),
    look: () => ask('theme', { 'x-tenant-id': slug, 'x-user': 'ada' }),
    before: 'light',
    after: 'dark',
  }),
  'a domain that is taken away': async (slug) => {
    const domain = `${slug}.example.com`;
    const { challenge } = (await send('POST', `tenants/${slug}/domains`, { domain })).body;
    zone.set(challenge.name, challenge.value);
    await send('POST', `tenants/${slug}/domains/${domain}/verify`);
    return {
      change: () => send('DELETE', `tenants/${slug}/domains/${domain}`),
      look: () => ask(`domains/${domain}`, {}),
      before: slug,
      after: null,
    };
  },
  'a membership that ends': async (slug) => {
    const id = await member(slug, 'bob');
    return {
      change: () => send('DELETE', `tenants/${slug}/members/${id}`),
      look: () => ask('theme', { 'x-tenant-id': slug, 'x-user': 'bob' }),
      before: 'light',
      after: 'TENANT_ACCESS_DENIED',
    };
  },
};

describe.each(Object.entries(scenes))('%s at one instance', (_, prepare) => {
  let scene: Scene;
  const isHonoured = async () => (await scene.look()) === scene.after;

  beforeEach(async () => {
    scene = await prepare(await tenant());
    await until(async () => (await scene.look()) === scene.before);
  });

  it('is honoured at the other within a second', async () => {
    await scene.change();
    await until(isHonoured);
  });

  it('is honoured when the time to live has passed, while the other hears of nothing', async () => {
    await cutListening();
    expect(await scene.look()).toEqual(scene.before);
    await scene.change();
    expect(await scene.look()).toEqual(scene.before);
    passedMs += TIME_TO_LIVE_MS;
    expect(await scene.look()).toEqual(scene.after);
  });

  it('is honoured as soon as the other listens again', async () => {
    await cutListening();
    expect(await scene.look()).toEqual(scene.before);
    await scene.change();
    await restoreListening();
    await until(isHonoured);
  });
});
