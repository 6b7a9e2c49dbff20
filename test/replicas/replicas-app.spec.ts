import 'reflect-metadata';
import { Controller, Get, type INestApplication, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { examine, InMemoryTenantStore } from '@rowhouse/core';
import { InstanceMetrics } from '@rowhouse/metrics';
import {
  DataSourceRegistry,
  HeaderResolver,
  TenancyHealth,
  TenancyHealthModule,
  TenancyModule,
} from '@rowhouse/nestjs';
import type { Repository } from 'typeorm';
import { until } from '../support/until.js';
import { Note } from './note.js';
import { PAIRS, type ReplicatedNotes, startReplicatedNotes } from './replicated-notes.js';

const HOUR_MS = 3_600_000;
let notes: ReplicatedNotes;

beforeAll(async () => {
  notes = await startReplicatedNotes();
});

afterAll(() => notes.close());

@Controller('notes')
class NotesController {
  constructor(@Inject(getRepositoryToken(Note)) private readonly notes: Repository<Note>) {}

  @Get()
  async list() {
    return (await this.notes.find()).map(({ text }) => text);
  }
}

/** An app that names its servers by fields. */
function appModule() {
  const fieldsOf = (url: string) => {
    const { hostname, port, username, password, pathname } = new URL(url);
    return { host: hostname, port: Number(port), username, password, database: pathname.slice(1) };
  };
  const { loginUrl, url } = notes.database;
  @Module({
    imports: [
      TenancyModule.forRoot({
        typeorm: {
          type: 'postgres',
          replication: { master: fieldsOf(loginUrl), slaves: [fieldsOf(notes.at(notes.standby))] },
          entities: [Note],
          extra: { max: 4 },
        },
        directUrl: url,
        pool: { replicas: { maxLagMs: HOUR_MS, checkEveryMs: 50 } },
        store: new InMemoryTenantStore(PAIRS.flatMap(({ writer, quiet }) => [writer, quiet])),
        resolvers: [new HeaderResolver()],
        selfCheck: 'enforce',
      }),
      TypeOrmModule.forFeature([Note]),
      TenancyHealthModule.forRoot({ cacheMs: 0 }),
    ],
    controllers: [NotesController],
  })
  class AppModule {}
  return AppModule;
}

it.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('an app on %s reads from a replica, and says so in its health and metrics', async (_, adapter) => {
  const app: INestApplication = await NestFactory.create(appModule(), adapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const registry = app.get(DataSourceRegistry);
  const onReplica = () => registry.stats().reads?.replicas[0]?.reads ?? 0;
  for (const { quiet } of PAIRS) {
    const before = onReplica();
    await until(async () => {
      const answer = await fetch(`${url}/notes`, { headers: { 'x-tenant-id': quiet.slug } });
      expect(await answer.json()).toEqual([`${quiet.slug} first`]);
      return onReplica() > before;
    });
  }
  const health = app.get(TenancyHealth);
  expect((await health.report()).checks['replicas']).toMatchObject({
    status: 'up',
    replicas: [{ isRead: true }],
  });
  expect(await new InstanceMetrics({ registry }).text()).toMatch(
    /^rowhouse_reads_total\{on="replica"\} [1-9]/m,
  );

  await notes.standby.stop();
  await until(async () => (await health.report()).checks['replicas']?.status === 'degraded');
  await notes.standby.start();
  await app.close();
});

it('the doctor finds replicas that are none, and logins there for which no wall counts', async () => {
  const { database, server, standby } = notes;
  const found = async (replica: string) => {
    const { checks } = await examine({
      app: { connectionString: database.loginUrl },
      owner: { url: database.url },
      replicas: [{ url: replica }],
      quick: true,
    });
    return Object.fromEntries(
      checks.filter(({ id }) => id.startsWith('replicas.')).map(({ id, status }) => [id, status]),
    );
  };
  expect(await found(notes.at(standby))).toEqual({ 'replicas.standby': 'pass', 'replicas.login': 'pass' });
  expect(await found(standby.url)).toEqual({ 'replicas.standby': 'pass', 'replicas.login': 'fail' });
  expect(await found(process.env['ROWHOUSE_TEST_URL'] as string)).toMatchObject({
    'replicas.standby': 'warn',
  });
  expect(await found(Object.assign(new URL(server.url), { port: '1' }).href)).toEqual({
    'replicas.standby': 'warn',
    'replicas.login': 'pass',
  });
});
