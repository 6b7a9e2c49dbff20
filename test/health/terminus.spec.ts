import { Controller, Get, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HealthCheck, HealthCheckService, TerminusModule, TypeOrmHealthIndicator } from '@nestjs/terminus';
import { HeaderResolver, SystemRoute, TenancyModule } from '@rowhouse/nestjs';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
  ) {}

  @Get('excluded')
  @HealthCheck()
  excluded() {
    return this.#ping();
  }

  /** As docs/existing-app.md advises it. */
  @Get('ready')
  @SystemRoute('health probe')
  @HealthCheck()
  ready() {
    return this.#ping();
  }

  #ping() {
    // A busy machine may need more than the second that a ping has by default.
    return this.health.check([() => this.database.pingCheck('database', { timeout: 60_000 })]);
  }
}

describe.each(['express', 'fastify'])('A database ping of terminus on %s', (platform) => {
  let database: TestDatabase;
  let app: INestApplication;

  beforeAll(async () => {
    database = await createTestDatabase();
    const tenancy = TenancyModule.forRoot({
      typeorm: { type: 'postgres', url: database.loginUrl },
      directUrl: database.url,
      resolvers: [new HeaderResolver()],
      exclude: ['/health/**'],
    });
    const imports = [tenancy, TerminusModule.forRoot({ logger: false })];
    const root = { module: class RootModule {}, imports, controllers: [HealthController] };
    const options = { logger: false, abortOnError: false } as const;
    app =
      platform === 'fastify'
        ? await NestFactory.create(root, new FastifyAdapter(), options)
        : await NestFactory.create(root, options);
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  async function get(path: string, headers: Record<string, string> = {}) {
    const response = await fetch(`${await app.getUrl()}${path}`, { headers });
    const { details } = (await response.json()) as { details?: { database: { status: string } } };
    return [response.status, details?.database.status];
  }

  it('finds the database from a system route in an excluded path, whatever the probe sends', async () => {
    expect(await get('/health/ready')).toEqual([200, 'up']);
    expect(await get('/health/ready', { 'x-tenant-id': 'nobody' })).toEqual([200, 'up']);
    expect(await get('/health/ready', { 'x-tenant-id': '../etc' })).toEqual([200, 'up']);
  });

  it('finds none where the path is only excluded: there is no context', async () => {
    expect(await get('/health/excluded')).toEqual([503, 'down']);
  });
});
