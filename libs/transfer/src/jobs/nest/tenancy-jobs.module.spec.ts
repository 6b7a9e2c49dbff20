import { Injectable, type Provider, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { InMemoryTenantStore, type Tenant, TenantContext } from '@rowhouse/core';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';
import { until } from '../../../../../test/support/until.js';
import type { TenantJobRun } from '../job.js';
import { FAST, JobsDeployment } from '../jobs.fixture.js';
import { TenantJobs } from '../tenant-jobs.js';
import { TenancyJobsModule } from './tenancy-jobs.module.js';
import { TenantCron } from './tenant-cron.decorator.js';
import { TenantJob } from './tenant-job.decorator.js';

@Entity('notes')
class Note {
  @PrimaryGeneratedColumn() id!: string;
  @Column() text!: string;
}

@Injectable()
class Notes {
  readonly prefix = 'note: ';

  constructor(
    private readonly jobs: TenantJobs,
    private readonly dataSource: DataSource,
    @InjectRepository(Note) readonly notes: Repository<Note>,
  ) {}

  async ask(text: string, fails = false): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.jobs.enqueue('write-note', { text }, { manager });
      if (fails) throw new Error('no');
    });
  }

  @TenantJob('write-note', { concurrencyPerTenant: 1, backoffMs: 0 })
  async write({ data, attempt }: TenantJobRun<{ text: string }>): Promise<void> {
    if (attempt === 1) throw new Error('the first attempt fails');
    await this.notes.save({ text: this.prefix + data.text });
  }
}

let open: JobsDeployment;
let acme: Tenant;
let globex: Tenant;
beforeEach(async () => {
  open = await JobsDeployment.open();
  acme = await open.fleet.tenants.create({ slug: 'acme' });
  globex = await open.fleet.tenants.create({ slug: 'globex', isolation: 'row' });
});
afterEach(() => open.close());

async function boot(
  jobsModule: ReturnType<typeof TenancyJobsModule.forRoot>,
  { providers = [Notes] as Provider[], directUrl = open.deployment.login.ownerUrl as string | null } = {},
) {
  const tenancy = TenancyModule.forRoot({
    typeorm: {
      type: 'postgres',
      url: open.deployment.database.loginUrl,
      entities: [Note],
      poolSize: 4,
      retryAttempts: 1,
      retryDelay: 1,
    },
    ...(directUrl && { directUrl }),
    pool: { roles: open.deployment.roles },
    resolvers: [new HeaderResolver()],
  });
  const module = await Test.createTestingModule({
    imports: [tenancy, TypeOrmModule.forFeature([Note]), jobsModule],
    providers,
  }).compile();
  module.useLogger(false);
  try {
    await module.init();
  } catch (error) {
    await module.close();
    throw error;
  }
  return module;
}

describe('TenancyJobsModule', () => {
  it('runs the jobs of methods, each as its tenant, with the transaction that enqueued it', async () => {
    const module = await boot(TenancyJobsModule.forRoot(FAST));
    const notes = module.get(Notes);
    await TenantContext.run(acme, () => notes.ask('of acme'));
    await TenantContext.run(acme, () => notes.ask('undone', true)).catch(() => {});
    await TenantContext.run(globex, () => notes.ask('of globex'));
    await until(async () => (await open.count("state = 'completed'")) === 2);
    for (const tenant of [acme, globex])
      expect(await TenantContext.run(tenant, () => notes.notes.find())).toMatchObject([
        { text: `note: of ${tenant.slug}` },
      ]);
    expect(await module.get(TenantJobs).counts()).toMatchObject([{ name: 'write-note', completed: 2 }]);
    await module.close();
  });

  it('runs the jobs of transactions of tenants with a database of their own', async () => {
    const initech = await open.fleet.tenants.create({ slug: 'initech', isolation: 'database' });
    const module = await boot(TenancyJobsModule.forRoot(FAST));
    const notes = module.get(Notes);
    await TenantContext.run(initech, () => notes.ask('of initech'));
    await TenantContext.run(initech, () => notes.ask('undone', true)).catch(() => {});
    await until(async () => (await open.count("state = 'completed'")) === 1);
    expect(await TenantContext.run(initech, () => notes.notes.find())).toMatchObject([
      { text: 'note: of initech' },
    ]);
    await module.close();
  });

  it('is refused without a database', async () => {
    const module = Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({ store: new InMemoryTenantStore([]), resolvers: [new HeaderResolver()] }),
        TenancyJobsModule.forRoot(),
      ],
    });
    await expect(module.compile()).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  it('takes its options from a factory', async () => {
    const module = await boot(
      TenancyJobsModule.forRootAsync({ useFactory: () => ({ ...FAST, work: false }) }),
    );
    await TenantContext.run(acme, () => module.get(Notes).ask('waits'));
    expect(await open.count("state = 'waiting'")).toBe(1);
    await module.close();
  });

  it('with the login of the application only, jobs are enqueued, and working on them is refused at start-up', async () => {
    const module = await boot(TenancyJobsModule.forRoot({ work: false }), { directUrl: null });
    await TenantContext.run(acme, () => module.get(Notes).ask('from the app'));
    expect(await open.count("state = 'waiting'")).toBe(1);
    await module.close();
    const refused = boot(TenancyJobsModule.forRoot(FAST), { directUrl: null });
    await expect(refused).rejects.toMatchObject({ code: 'JOBS_NEED_OWNER' });
  });

  it('refuses wrong options, names and classes at start-up', async () => {
    await expect(boot(TenancyJobsModule.forRoot({ leaseMs: 1 }))).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
    expect(() => TenantJob('Bad name')).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
    expect(() => TenantJob('cron', { cron: 'never' })).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID' }),
    );

    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @TenantJob('per-request')
      run() {}
    }
    await expect(boot(TenancyJobsModule.forRoot(FAST), { providers: [PerRequest] })).rejects.toThrow(
      /request-scoped/,
    );
  });

  it('runs methods of @TenantCron as each active tenant, of many processes in one', async () => {
    const seen: string[] = [];

    @Injectable()
    class NightlyReports {
      constructor(@InjectRepository(Note) private readonly notes: Repository<Note>) {}

      @TenantCron('*/5 * * * *')
      async buildAll() {
        await this.notes.save({ text: 'nightly' });
        seen.push(TenantContext.require().slug);
      }

      @TenantCron('0 3 * * *', { name: 'monthly-report', retries: 0, jitterMs: 60_000 })
      named({ tenant }: TenantJobRun<null>) {
        return tenant;
      }
    }
    await open.fleet.tenants.create({ slug: 'away' });
    await open.fleet.tenants.suspend('away');
    const queues = async (condition = 'true') =>
      (
        await open.catalog.query(
          `select name from rowhouse.job_queues where schedule is not null and ${condition} order by name`,
        )
      ).rows.map(({ name }) => name);
    const modules = [];
    for (let n = 0; n < 2; n += 1)
      modules.push(await boot(TenancyJobsModule.forRoot(FAST), { providers: [NightlyReports] }));
    await until(async () => (await queues()).length === 2);
    expect(await queues()).toEqual(['cron:nightly-reports.build-all', 'monthly-report']);
    for (const module of modules) await module.close();

    // Two processes that start after a time at which none ran.
    await open.catalog.query(
      "update rowhouse.job_queues set scheduled_at = now() - interval '1 day' where name like 'cron:%'",
    );
    const restarted = await Promise.all(
      [1, 2].map(() => boot(TenancyJobsModule.forRoot(FAST), { providers: [NightlyReports] })),
    );
    await until(async () => (await open.count("state = 'completed' and name like 'cron:%'")) === 2);
    expect(seen.sort()).toEqual(['acme', 'globex']);
    expect(await open.count("name like 'cron:%'")).toBe(2);
    for (const module of restarted) await module.close();
  });

  it('refuses wrong schedules of @TenantCron where they stand', () => {
    const refused = expect.objectContaining({ code: 'OPTIONS_INVALID' });
    const decorate = (...args: Parameters<typeof TenantCron>) =>
      TenantCron(...args)(class A {}.prototype, 'b', { value: () => {} });
    expect(() => decorate('never')).toThrow(refused);
    expect(() => decorate('* * * * *', { jitterMs: -1 })).toThrow(refused);
    expect(() => decorate('* * * * *', { name: 'Bad name' })).toThrow(refused);
    expect(() => decorate('* * * * *')).not.toThrow();
  });

  it('finishes running jobs before the app is closed', async () => {
    const ends: string[] = [];
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });

    @Injectable()
    class Slow {
      @TenantJob('slow')
      async run({ tenant }: TenantJobRun) {
        await ended;
        ends.push(tenant.slug);
      }
    }
    const id = await open.enqueue(acme, 'slow', null);
    const module = await boot(TenancyJobsModule.forRoot(FAST), { providers: [Slow] });
    await open.untilState(id, 'running');
    const closed = module.close();
    end();
    await closed;
    expect(ends).toEqual(['acme']);
    expect(await open.stateOf(id)).toBe('completed');
  });
});
