import { Controller, Get, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { InMemoryTenantStore } from '@rowhouse/core';
import {
  HeaderResolver,
  HealthChecks,
  SystemRoute,
  TenancyHealth,
  TenancyHealthModule,
  TenancyModule,
} from '@rowhouse/nestjs';

@Controller('mine')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly tenancy: TenancyHealth,
  ) {}

  /** As docs/health.md shows it. */
  @Get()
  @SystemRoute('health probe')
  @HealthCheck()
  check() {
    return this.health.check([() => this.tenancy.indicator('tenants'), () => this.tenancy.indicator('disk')]);
  }
}

let app: INestApplication;
let isBroken = false;
beforeAll(async () => {
  const root = {
    module: class RootModule {},
    imports: [
      TenancyModule.forRoot({ store: new InMemoryTenantStore([]), resolvers: [new HeaderResolver()] }),
      TenancyHealthModule.forRoot({ cacheMs: 0 }),
      TerminusModule.forRoot({ logger: false }),
    ],
    controllers: [HealthController],
  };
  app = await NestFactory.create(root, { logger: false, abortOnError: false });
  app.get(HealthChecks).add({
    name: 'disk',
    check: async () => ({ status: isBroken ? 'down' : 'degraded', freeBytes: 7 }),
  });
  await app.listen(0, '127.0.0.1');
});
afterAll(() => app.close());

it('the checks are indicators of terminus', async () => {
  const get = async () => {
    const response = await fetch(`${await app.getUrl()}/mine`);
    return { status: response.status, body: await response.json() };
  };
  expect(await get()).toMatchObject({
    status: 200,
    body: { status: 'ok', info: { tenants: { status: 'up' }, disk: { status: 'up', freeBytes: 7 } } },
  });
  isBroken = true;
  expect(await get()).toMatchObject({
    status: 503,
    body: { status: 'error', error: { disk: { status: 'down', freeBytes: 7 } } },
  });
});
