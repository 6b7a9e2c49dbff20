import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  UseGuards,
} from '@nestjs/common';
import { type Tenant, TenantContext } from '@rowhouse/core';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import type { TenantAccessPolicy } from '../routes/tenant-access-policy.js';
import { SystemRoute, TenantOptional } from '../routes/tenant-route.decorator.js';

interface AuthenticatedRequest {
  user?: { readonly tenants: readonly string[] };
  headers: Record<string, string | undefined>;
}

/** Stands for the app's authentication: it sits on the controller, so it runs after every global guard. */
@Injectable()
class AuthenticationGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.user = { tenants: (request.headers['x-member-of'] ?? '').split(',') };
    return true;
  }
}

const asked: string[] = [];

class MembersOnly implements TenantAccessPolicy {
  async canEnter(tenant: Tenant, request: AuthenticatedRequest): Promise<boolean> {
    asked.push(TenantContext.require().slug);
    return request.user?.tenants.includes(tenant.slug) ?? false;
  }
}

@Controller()
@UseGuards(AuthenticationGuard)
class RecordsController {
  @Get('records')
  list() {
    return TenantContext.get()?.slug;
  }

  @Get('optional')
  @TenantOptional()
  optional() {
    return TenantContext.get()?.slug ?? 'none';
  }

  @Get('system')
  @SystemRoute()
  system() {
    return 'system';
  }
}

@Injectable()
class Memberships {
  has(slug: string): boolean {
    return slug === 'acme';
  }
}

@Injectable()
class MembershipPolicy implements TenantAccessPolicy {
  constructor(private readonly memberships: Memberships) {}

  canEnter(tenant: Tenant): boolean {
    return this.memberships.has(tenant.slug);
  }
}

@Module({ providers: [Memberships, MembershipPolicy] })
class MembershipModule {}

const controllers = [RecordsController];

async function get(url: string, tenant?: string, memberOf = ''): Promise<[number, string]> {
  const response = await fetch(url, {
    headers: { 'x-member-of': memberOf, ...(tenant && { 'x-tenant-id': tenant }) },
  });
  const text = await response.text();
  return [response.status, response.ok ? text : JSON.parse(text).code];
}

describe.each(PLATFORMS)('The access policy on %s', (platform) => {
  beforeEach(() => {
    asked.length = 0;
  });
  afterEach(closeApps);

  it('decides after authentication, in the context of the tenant', async () => {
    const { url } = await startApp(platform, { controllers, tenancy: { accessPolicy: new MembersOnly() } });
    expect(await get(`${url}/records`, 'acme', 'acme,globex')).toEqual([200, 'acme']);
    expect(await get(`${url}/records`, 'acme', 'globex')).toEqual([403, 'TENANT_ACCESS_DENIED']);
    expect(await get(`${url}/optional`, 'acme', 'globex')).toEqual([403, 'TENANT_ACCESS_DENIED']);
    expect(asked).toEqual(['acme', 'acme', 'acme']);
  });

  it('is not asked where the request enters no tenant', async () => {
    const { url } = await startApp(platform, { controllers, tenancy: { accessPolicy: MembersOnly } });
    expect(await get(`${url}/optional`)).toEqual([200, 'none']);
    expect(await get(`${url}/system`, 'acme')).toEqual([200, 'system']);
    expect(await get(`${url}/records`, 'nobody')).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(asked).toEqual([]);
  });

  it('may hide which tenants exist', async () => {
    const tenancy = { accessPolicy: MembersOnly, hideUnknown: true };
    const { url } = await startApp(platform, { controllers, tenancy });
    expect(await get(`${url}/records`, 'acme', 'globex')).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(await get(`${url}/records`, 'acme', 'acme')).toEqual([200, 'acme']);
  });

  it('is taken from the module that provides it, with what it injects there', async () => {
    const { url } = await startApp(platform, {
      controllers,
      imports: [MembershipModule],
      tenancy: { accessPolicy: MembershipPolicy },
    });
    expect(await get(`${url}/records`, 'acme')).toEqual([200, 'acme']);
    expect(await get(`${url}/records`, 'globex')).toEqual([403, 'TENANT_ACCESS_DENIED']);
  });
});
