import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Body, Controller, Get, HttpException, Inject, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { InMemoryTenantStore, parseTenant, TenantContext } from '@rowhouse/core';
import { DataSourceRegistry, HeaderResolver, SystemRoute, TenancyModule } from '@rowhouse/nestjs';
import type { Repository } from 'typeorm';
import { Note, type NotesServerSettings } from './note.js';

const settings: NotesServerSettings = JSON.parse(process.argv[2] as string);

@Controller()
class NotesController {
  constructor(
    @Inject(getRepositoryToken(Note)) private readonly notes: Repository<Note>,
    @Inject(DataSourceRegistry) private readonly registry: DataSourceRegistry,
  ) {}

  @Get('notes')
  async list() {
    return (await this.notes.find({ order: { id: 'DESC' } })).map(({ text }) => text);
  }

  @Get('notes/as-system')
  listAsSystem() {
    const registry = this.registry;
    const tenant = TenantContext.require();
    return TenantContext.runAsSystem('a test', async () =>
      (
        await registry
          .for(tenant)
          .getRepository(Note)
          .find({ order: { id: 'DESC' } })
      ).map(({ text }) => text),
    );
  }

  @Post('notes')
  async add(@Body() { text, fails }: { text: string; fails?: boolean }) {
    await this.notes.insert({ text });
    if (fails) throw new HttpException('I am a teapot', 418);
    return {};
  }

  @SystemRoute()
  @Get('reads')
  reads() {
    return this.registry.stats().reads;
  }
}

/** An app as it is deployed, in a process of its own. */
@Module({
  imports: [
    TenancyModule.forRoot({
      typeorm: {
        type: 'postgres',
        replication: { master: { url: settings.loginUrl }, slaves: [{ url: settings.replicaUrl }] },
        entities: [Note],
        extra: { max: 4 },
      },
      directUrl: settings.url,
      pool: { replicas: settings.replicas },
      store: new InMemoryTenantStore(settings.tenants.map(parseTenant)),
      resolvers: [new HeaderResolver()],
      readYourWrites: { secret: settings.secret },
    }),
    TypeOrmModule.forFeature([Note]),
  ],
  controllers: [NotesController],
})
class NotesServer {}

const adapter = settings.platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
const app = await NestFactory.create(NotesServer, adapter, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
process.stdout.write(`${(app.getHttpServer().address() as AddressInfo).port}\n`);
process.on('disconnect', () => process.exit());
