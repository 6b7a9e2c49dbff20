import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Controller, Get } from '@nestjs/common';
import { SYSTEM_CONTEXT_CHANNEL, TenantContext } from '@rowhouse/core';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { SystemRoute, TenantController } from './tenant-route.decorator.js';

@SystemRoute('operator console')
@Controller('console')
class ConsoleController {
  @Get()
  list() {
    return TenantContext.scope()?.kind;
  }

  @Get('twice')
  @SystemRoute('operator report')
  twice() {
    return TenantContext.scope()?.kind;
  }
}

@TenantController()
class RootController {
  @Get('root')
  get() {
    return TenantContext.require().slug;
  }
}

@TenantController(['one', 'two'])
class ManyController {
  @Get()
  get() {
    return TenantContext.require().slug;
  }
}

@TenantController({ path: 'versioned' })
class OptionsController {
  @Get()
  get() {
    return TenantContext.require().slug;
  }
}

const controllers = [ConsoleController, RootController, ManyController, OptionsController];

describe.each(PLATFORMS)('Decorators of routes on %s', (platform) => {
  let url: string;
  const audit: unknown[] = [];
  const record = (entry: unknown) => audit.push(entry);

  beforeAll(async () => {
    ({ url } = await startApp(platform, { controllers, tenancy: { required: false } }));
    subscribe(SYSTEM_CONTEXT_CHANNEL, record);
  });
  beforeEach(() => {
    audit.length = 0;
  });
  afterAll(async () => {
    unsubscribe(SYSTEM_CONTEXT_CHANNEL, record);
    await closeApps();
  });

  it('@SystemRoute is audited once for each request, with the reason and the tenant that was named', async () => {
    await fetch(`${url}/console`, { headers: { 'x-tenant-id': 'acme' } });
    expect(audit).toEqual([
      {
        reason: 'operator console',
        outer: expect.objectContaining({ kind: 'tenant', tenant: expect.objectContaining({ slug: 'acme' }) }),
      },
    ]);
  });

  it('@SystemRoute on a handler and its controller is audited once, with the reason of the handler', async () => {
    await fetch(`${url}/console/twice`);
    expect(audit).toEqual([{ reason: 'operator report', outer: undefined }]);
  });

  it.each(['/root', '/one', '/two', '/versioned'])('@TenantController needs a tenant on %s', async (path) => {
    expect((await fetch(url + path)).status).toBe(400);
    const served = await fetch(url + path, { headers: { 'x-tenant-id': 'acme' } });
    expect([served.status, await served.text()]).toEqual([200, 'acme']);
  });
});

describe('@SystemRoute', () => {
  it('refuses an empty reason', () => {
    expect(() => SystemRoute(' ')).toThrow('@SystemRoute: expected a reason that is not empty, or none.');
  });
});
