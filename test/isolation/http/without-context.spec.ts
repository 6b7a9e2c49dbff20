import { Controller, Get, Injectable, Module, Param } from '@nestjs/common';
import { InjectDataSource, InjectEntityManager, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { TenantContext, type TenantPool } from '@rowhouse/core';
import { TenantOptional } from '@rowhouse/nestjs';
import type { TestDatabase } from '@rowhouse/testing';
import type { DataSource, EntityManager, Repository } from 'typeorm';
import { Book } from '../../support/shop.js';
import { createFleetDatabase } from '../fleet.js';
import { PLATFORMS, type RunningLibrary, startLibrary } from './start-library.js';

/** Every way of an app to its data. Each finds the first title. */
@Injectable()
class Doors {
  constructor(
    @InjectRepository(Book) private readonly books: Repository<Book>,
    @InjectEntityManager() private readonly manager: EntityManager,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  readonly doors: Record<string, () => Promise<string | undefined>> = {
    repository: async () => (await this.books.find({ order: { id: 'ASC' } }))[0]?.title,
    manager: async () => (await this.manager.find(Book, { order: { id: 'ASC' } }))[0]?.title,
    'query-builder': async () =>
      (await this.books.createQueryBuilder('book').orderBy('book.id').getMany())[0]?.title,
    cached: async () => (await this.books.find({ order: { id: 'ASC' }, cache: 60_000 }))[0]?.title,
    'raw-query': async () => (await this.dataSource.query(FIRST))[0]?.title,
    'query-runner': async () => {
      const runner = this.dataSource.createQueryRunner();
      try {
        return (await runner.query(FIRST))[0]?.title;
      } finally {
        await runner.release();
      }
    },
    transaction: () => this.dataSource.transaction(async (manager) => (await manager.query(FIRST))[0]?.title),
    stream: async () => {
      for await (const { title } of await this.books
        .createQueryBuilder('book')
        .select('title', 'title')
        .orderBy('id')
        .stream())
        return title;
    },
    pool: async () => (await this.#pool.query(FIRST)).rows[0]?.title,
    'pool-client': async () => {
      const client = await this.#pool.connect();
      try {
        return (await client.query(FIRST)).rows[0]?.title;
      } finally {
        client.release();
      }
    },
    'pool-callback': () =>
      new Promise((resolve, reject) => {
        this.#pool.query(FIRST, (error, result) => (error ? reject(error) : resolve(result.rows[0]?.title)));
      }),
  };

  get #pool(): TenantPool {
    return (this.dataSource.driver as unknown as { master: TenantPool }).master;
  }
}

const FIRST = 'select title from books order by id limit 1';
const NAMES = [
  'repository',
  'manager',
  'query-builder',
  'cached',
  'raw-query',
  'query-runner',
  'transaction',
  'stream',
  'pool',
  'pool-client',
  'pool-callback',
];

@Controller('doors')
@TenantOptional()
class DoorsController {
  constructor(private readonly all: Doors) {}

  @Get(':door')
  async open(@Param('door') door: string) {
    return { title: await this.all.doors[door]?.() };
  }

  /** Work that a request with a tenant starts, and that has lost the context. */
  @Get(':door/astray')
  async goAstray(@Param('door') door: string) {
    return outside(async () => ({ title: await this.all.doors[door]?.() }));
  }
}

@Module({
  imports: [TypeOrmModule.forFeature([Book])],
  providers: [Doors],
  controllers: [DoorsController],
})
class DoorsModule {}

/** Calls back as an emitter, a queue or a worker pool does that was started outside any request. */
const outside = TenantContext.capture();

describe.each(PLATFORMS)('an app on %s', (platform) => {
  let database: TestDatabase;
  let library: RunningLibrary;

  beforeAll(async () => {
    database = await createFleetDatabase();
    library = await startLibrary({
      platform,
      url: database.loginUrl,
      directUrl: database.url,
      pin: 'statement',
      poolSize: 2,
      imports: [DoorsModule],
    });
  });

  afterAll(async () => {
    await library.app.close();
    await database.drop();
  });

  async function get(path: string, headers: Record<string, string>) {
    const response = await fetch(`http://127.0.0.1:${library.port}${path}`, { headers });
    return { status: response.status, body: await response.json() };
  }

  describe.each(NAMES)('through "%s"', (door) => {
    it('finds the data of the tenant', async () => {
      const answer = await get(`/doors/${door}`, { 'x-tenant-id': 'house-07' });
      expect(answer).toEqual({ status: 200, body: { title: 'house-07 first' } });
    });

    it('finds nothing without a context', async () => {
      const missing = { status: 500, body: { code: 'TENANT_CONTEXT_MISSING' } };
      expect(await get(`/doors/${door}`, {})).toMatchObject(missing);
      expect(await get(`/doors/${door}/astray`, { 'x-tenant-id': 'house-07' })).toMatchObject(missing);
    });
  });
});
