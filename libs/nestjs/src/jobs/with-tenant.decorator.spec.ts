import { Injectable, SetMetadata } from '@nestjs/common';
import { Cron, CronExpression, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { TenantContext, TenantDirectory } from '@rowhouse/core';
import { exampleStore } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { TenancyModule } from '../tenancy.module.js';
import { TenantRunner } from './tenant-runner.js';
import { WithTenant } from './with-tenant.decorator.js';

const done: string[] = [];

@Injectable()
class Jobs {
  readonly name = 'jobs';

  @WithTenant('acme')
  async bySlug(a: number, b: number): Promise<string> {
    await Promise.resolve();
    return `${this.name} ${TenantContext.require().slug} ${a + b}`;
  }

  @WithTenant('00000000-0000-4000-8000-00000000000b')
  async byId(): Promise<string> {
    return TenantContext.require().slug;
  }

  @WithTenant('nobody')
  async unknown(): Promise<void> {}

  @WithTenant('suspended')
  async suspended(): Promise<void> {}

  @WithTenant('acme')
  async failing(): Promise<void> {
    throw new RangeError('out of stock');
  }

  @WithTenant('acme')
  @SetMetadata('kept', 42)
  async named(): Promise<void> {}
}

class MoreJobs extends Jobs {}

@Injectable()
class CronJobs {
  @Cron(CronExpression.EVERY_YEAR, { name: 'above' })
  @WithTenant('acme')
  async cronAbove(): Promise<void> {
    done.push(`above ${TenantContext.require().slug}`);
  }

  @WithTenant('globex')
  @Cron(CronExpression.EVERY_YEAR, { name: 'below' })
  async cronBelow(): Promise<void> {
    done.push(`below ${TenantContext.require().slug}`);
  }
}

async function boot() {
  const tenancy = TenancyModule.forRoot({ store: exampleStore(), resolvers: [new HeaderResolver()] });
  const module = await Test.createTestingModule({
    imports: [tenancy, ScheduleModule.forRoot()],
    providers: [Jobs, MoreJobs, CronJobs],
  }).compile();
  return module.init();
}

describe('@WithTenant', () => {
  let module: Awaited<ReturnType<typeof boot>>;

  beforeAll(async () => {
    module = await boot();
  });
  afterAll(() => module.close());

  it('runs the method as the tenant, with its arguments and its object', async () => {
    const running = module.get(Jobs).bySlug(1, 2);
    expect(TenantContext.scope()).toBeUndefined();
    expect(await running).toBe('jobs acme 3');
    expect(await module.get(Jobs).byId()).toBe('globex');
  });

  it('holds for classes that inherit the method', async () => {
    expect(await module.get(MoreJobs).bySlug(1, 2)).toBe('jobs acme 3');
  });

  it('rejects when the tenant is unknown or not served, and as the method does', async () => {
    const jobs = module.get(Jobs);
    await expect(jobs.unknown()).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    await expect(jobs.suspended()).rejects.toMatchObject({ code: 'TENANT_SUSPENDED' });
    await expect(jobs.failing()).rejects.toThrow('out of stock');
  });

  it('works above and below @Cron', async () => {
    done.length = 0;
    const scheduler = module.get(SchedulerRegistry);
    await scheduler.getCronJob('above').fireOnTick();
    await scheduler.getCronJob('below').fireOnTick();
    expect(done).toEqual(['above acme', 'below globex']);
  });

  it('keeps the name and the metadata of the method', () => {
    expect(Jobs.prototype.named.name).toBe('named');
    expect(Reflect.getMetadata('kept', Jobs.prototype.named)).toBe(42);
  });

  it('says so when the object is none of Nest', async () => {
    await expect(new Jobs().bySlug(1, 2)).rejects.toThrow(
      'bySlug() must be called on a provider that Nest made',
    );
  });
});

describe('TenantRunner', () => {
  let module: Awaited<ReturnType<typeof boot>>;

  beforeAll(async () => {
    module = await boot();
  });
  afterAll(() => module.close());

  it('runs as a tenant named by slug or id, and hands it over', async () => {
    const runner = module.get(TenantRunner);
    const seen = (tenant: { slug: string }) => [tenant.slug, TenantContext.require().slug];
    expect(await runner.run('acme', seen)).toEqual(['acme', 'acme']);
    expect(await runner.run('00000000-0000-4000-8000-00000000000B', seen)).toEqual(['globex', 'globex']);
  });

  it('refuses what is no tenant, and tenants that are not served', async () => {
    const runner = module.get(TenantRunner);
    await expect(runner.run("acme'--", () => 1)).rejects.toMatchObject({ code: 'TENANT_ID_INVALID' });
    await expect(runner.run('nobody', () => 1)).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    await expect(runner.run('maintenance', () => 1)).rejects.toMatchObject({ code: 'TENANT_UNAVAILABLE' });
  });

  it('runs as each active tenant and reports', async () => {
    const report = await module.get(TenantRunner).forEachTenant(() => TenantContext.require().slug);
    expect(report.results.map((result) => result.status === 'ok' && result.value)).toEqual([
      'acme',
      'active',
      'globex',
    ]);
  });

  it('asks the directory', async () => {
    const before = module.get(TenantDirectory).stats().hits;
    await module.get(TenantRunner).run('acme', () => 1);
    expect(module.get(TenantDirectory).stats().hits).toBe(before + 1);
  });
});
