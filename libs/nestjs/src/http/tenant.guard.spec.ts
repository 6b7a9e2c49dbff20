import { Controller, type ExecutionContext, Get } from '@nestjs/common';
import { type Tenant, TenantContext, TenantUnresolvedError } from '@rowhouse/core';
import { closeApps, exampleStore, PLATFORMS, startApp } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { CurrentTenant, TenantId } from '../routes/current-tenant.decorator.js';
import {
  RequireTenant,
  SystemRoute,
  TenantController,
  TenantOptional,
} from '../routes/tenant-route.decorator.js';
import { parseTenancyOptions } from '../tenancy-options.js';
import { type RawRequest, stateOf } from './request-state.js';
import { TenantGuard } from './tenant.guard.js';
import { type TenantOutcome, UNRESOLVED } from './tenant-outcome.js';

const scope = () => {
  const current = TenantContext.scope();
  return { scope: current?.kind === 'tenant' ? current.tenant.slug : (current?.reason ?? 'none') };
};

@Controller('plain')
class PlainController {
  @Get('default')
  byDefault() {
    return scope();
  }

  @Get('required')
  @RequireTenant()
  required() {
    return scope();
  }

  @Get('optional')
  @TenantOptional()
  optional() {
    return scope();
  }

  @Get('system')
  @SystemRoute('nightly totals')
  system() {
    return scope();
  }

  @Get('items/:id')
  item() {
    return scope();
  }

  @Get('parameters')
  @TenantOptional()
  parameters(@CurrentTenant() tenant: Tenant | undefined, @TenantId() id: string | undefined) {
    return { slug: tenant?.slug, id };
  }
}

@SystemRoute()
@Controller('admin')
class AdminController {
  @Get()
  list() {
    return scope();
  }

  @Get('twice')
  @SystemRoute('twice')
  twice() {
    return scope();
  }

  @Get('own')
  @RequireTenant()
  own() {
    return scope();
  }
}

@TenantController('strict')
class StrictController {
  @Get()
  list() {
    return scope();
  }

  @Get('open')
  @TenantOptional()
  open() {
    return scope();
  }
}

const controllers = [PlainController, AdminController, StrictController];

describe.each(PLATFORMS)('TenantGuard on %s', (platform) => {
  let url: string;

  beforeAll(async () => {
    ({ url } = await startApp(platform, { controllers, tenancy: { exclude: ['/plain/items/health'] } }));
  });
  afterAll(closeApps);

  async function get(path: string, tenant?: string) {
    const response = await fetch(url + path, {
      headers: tenant === undefined ? {} : { 'x-tenant-id': tenant },
    });
    const body = (await response.json()) as Record<string, string>;
    return [response.status, body.code ?? body.scope ?? body.message];
  }

  it.each([
    ['/plain/default', undefined, 400, 'TENANT_UNRESOLVED'],
    ['/plain/default', 'acme', 200, 'acme'],
    ['/plain/default', 'nobody', 404, 'TENANT_NOT_FOUND'],
    ['/plain/default', '../acme', 400, 'TENANT_ID_INVALID'],
    ['/plain/default', 'suspended', 403, 'TENANT_SUSPENDED'],
    ['/plain/default', 'provisioning', 503, 'TENANT_UNAVAILABLE'],
    ['/plain/default', 'maintenance', 503, 'TENANT_UNAVAILABLE'],
    ['/plain/default', 'failed', 503, 'TENANT_UNAVAILABLE'],
    ['/plain/default', 'archived', 404, 'TENANT_NOT_FOUND'],
    ['/plain/default', 'deleting', 404, 'TENANT_NOT_FOUND'],
    ['/plain/default', 'deleted', 404, 'TENANT_NOT_FOUND'],
    ['/plain/required', undefined, 400, 'TENANT_UNRESOLVED'],
    ['/plain/required', 'acme', 200, 'acme'],
    ['/plain/optional', undefined, 200, 'none'],
    ['/plain/optional', 'acme', 200, 'acme'],
    ['/plain/optional', 'nobody', 404, 'TENANT_NOT_FOUND'],
    ['/plain/optional', 'suspended', 403, 'TENANT_SUSPENDED'],
    ['/plain/system', undefined, 200, 'nightly totals'],
    ['/plain/system', 'acme', 200, 'nightly totals'],
    ['/plain/system', 'nobody', 200, 'nightly totals'],
    ['/plain/system', 'suspended', 200, 'nightly totals'],
    ['/plain/system', '../acme', 200, 'nightly totals'],
    ['/plain/items/7', undefined, 400, 'TENANT_UNRESOLVED'],
    ['/plain/items/7', 'acme', 200, 'acme'],
    ['/plain/items/health', 'nobody', 200, 'none'],
    ['/plain/items/health', 'acme', 200, 'none'],
    ['/admin', 'nobody', 200, 'route AdminController.list'],
    ['/admin/twice', undefined, 200, 'twice'],
    ['/admin/own', undefined, 400, 'TENANT_UNRESOLVED'],
    ['/admin/own', 'acme', 200, 'acme'],
    ['/strict', undefined, 400, 'TENANT_UNRESOLVED'],
    ['/strict', 'globex', 200, 'globex'],
    ['/strict/open', undefined, 200, 'none'],
    ['/nowhere', undefined, 404, 'Cannot GET /nowhere'],
    ['/nowhere', 'nobody', 404, 'Cannot GET /nowhere'],
  ])('%s as %s answers %i %s', async (path, tenant, status, said) => {
    expect(await get(path, tenant)).toEqual([status, said]);
  });

  it('hands the tenant and its id to parameters', async () => {
    const response = await fetch(`${url}/plain/parameters`, { headers: { 'x-tenant-id': 'acme' } });
    expect(await response.json()).toEqual({ slug: 'acme', id: '00000000-0000-4000-8000-00000000000a' });
    expect(await (await fetch(`${url}/plain/parameters`)).json()).toEqual({});
  });
});

describe.each(PLATFORMS)('TenantGuard on %s with required: false', (platform) => {
  afterAll(closeApps);

  it('serves routes without a decorator without a tenant, and others as they say', async () => {
    const { url } = await startApp(platform, { controllers, tenancy: { required: false } });
    const statusOf = async (path: string) => (await fetch(url + path)).status;
    expect(await statusOf('/plain/default')).toBe(200);
    expect(await statusOf('/plain/required')).toBe(400);
    expect(await statusOf('/strict')).toBe(400);
    expect(await statusOf('/admin')).toBe(200);
  });
});

describe('TenantGuard outside of routes', () => {
  const guard = new TenantGuard(
    parseTenancyOptions({ store: exampleStore(), resolvers: [new HeaderResolver()] }),
  );

  class Resolver {
    products() {}
  }

  const contextOf = (type: string, ...args: unknown[]) =>
    ({
      getType: () => type,
      getArgByIndex: (index: number) => args[index],
      getClass: () => Resolver,
      getHandler: () => Resolver.prototype.products,
    }) as unknown as ExecutionContext;

  const request = (outcome: TenantOutcome) => {
    const raw: RawRequest = { url: '/graphql', headers: {} };
    stateOf(raw).outcome = outcome;
    return raw;
  };

  it('looks after the operations of GraphQL, on both platforms', async () => {
    const [tenant] = (await exampleStore().list()).tenants;
    const resolved = request({
      kind: 'resolved',
      tenant: tenant as Tenant,
      resolver: 'header',
      clientSupplied: true,
    });
    for (const context of [
      { req: resolved },
      { req: { raw: resolved } },
      { reply: { request: { raw: resolved } } },
    ]) {
      const operation = contextOf('graphql', undefined, {}, context);
      expect(TenantContext.run(tenant as Tenant, () => guard.canActivate(operation))).toBe(true);
    }
    const unresolved = contextOf('graphql', undefined, {}, { req: request(UNRESOLVED) });
    expect(() => guard.canActivate(unresolved)).toThrow(TenantUnresolvedError);
  });

  it('asks messages, sockets and subscriptions for a tenant that is in force', async () => {
    const [tenant] = (await exampleStore().list()).tenants;
    const contexts = [contextOf('rpc', {}), contextOf('ws', {}), contextOf('graphql', undefined, {}, {})];
    for (const context of contexts) {
      expect(() => guard.canActivate(context)).toThrow(TenantUnresolvedError);
      expect(() => guard.canActivate(context)).toThrow(
        'Resolver.products was called without an HTTP request',
      );
      expect(TenantContext.run(tenant as Tenant, () => guard.canActivate(context))).toBe(true);
      expect(() => TenantContext.runAsSystem('a test', () => guard.canActivate(context))).toThrow(
        TenantUnresolvedError,
      );
    }
  });
});
