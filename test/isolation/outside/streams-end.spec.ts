import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Controller, Get, type MessageEvent, Module, Sse, StreamableFile } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { TenantContext } from '@rowhouse/nestjs';
import type { TestDatabase } from '@rowhouse/testing';
import { finalize, from, map, type Observable, switchMap, timer } from 'rxjs';
import type { DataSource } from 'typeorm';
import { until } from '../../support/until.js';
import { createFleetDatabase, fleet } from '../fleet.js';
import { PLATFORMS, startLibrary } from '../http/start-library.js';

/** More than what the sockets hold. */
const ROWS = 500_000;

@Controller()
class StreamController {
  /** Whose streams of ticks have ended. */
  readonly ended: string[] = [];

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** The rows of a cursor, one event each. */
  @Sse('rows')
  async rows(): Promise<Observable<MessageEvent>> {
    const runner = this.dataSource.createQueryRunner();
    const rows = await runner.stream(
      `select title, current_setting('rowhouse.tenant_id') as tenant from books, generate_series(1, ${ROWS})`,
    );
    rows.once('close', () => void runner.release());
    return from(rows as AsyncIterable<object>).pipe(map((data) => ({ data })));
  }

  @Sse('ticks')
  ticks(): Observable<MessageEvent> {
    const { slug } = TenantContext.require();
    return timer(0, 1).pipe(
      switchMap(() => this.dataSource.query('select title from books order by id limit 1')),
      map(([{ title }]) => ({ data: { title } })),
      finalize(() => this.ended.push(slug)),
    );
  }

  @Get('file')
  async file() {
    const runner = this.dataSource.createQueryRunner();
    const rows = await runner.stream(`select title from books, generate_series(1, ${ROWS})`);
    rows.once('close', () => void runner.release());
    const lines = async function* () {
      for await (const { title } of rows as AsyncIterable<{ title: string }>) yield `${title}\n`;
    };
    return new StreamableFile(Readable.from(lines()));
  }
}

@Module({ controllers: [StreamController] })
class StreamModule {}

let database: TestDatabase;
beforeAll(async () => {
  database = await createFleetDatabase();
});
afterAll(() => database.drop());

/** Reads the beginning of an answer. */
async function begin(port: number, path: string, slug: string): Promise<[IncomingMessage, string]> {
  const request = httpRequest({ port, host: '127.0.0.1', path, headers: { 'x-tenant-id': slug } }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  request.on('error', () => {});
  let text = '';
  while (text.length < 2_000) {
    const [chunk] = (await once(response, 'data')) as [Buffer];
    text += chunk;
  }
  return [response, text];
}

describe.each(PLATFORMS)('a stream of rows on %s', (platform) => {
  it.each(['/rows', '/ticks', '/file'])(
    '%s is of its tenant, and gives its connection back when the client has gone',
    async (path) => {
      const { app, port, pool } = await startLibrary({
        platform,
        url: database.loginUrl,
        directUrl: database.url,
        pin: 'statement',
        poolSize: 2,
        imports: [StreamModule],
      });
      try {
        const members = fleet.filter(({ tenant }) => tenant.isolation !== 'database').slice(0, 2);
        const streams = await Promise.all(members.map(({ tenant }) => begin(port, path, tenant.slug)));
        for (const [index, [response, text]] of streams.entries()) {
          const marks = new Set(text.match(/house[-_]\d\d/g));
          expect([...marks]).toEqual([members[index]?.mark]);
          response.destroy();
        }
        const { ended } = app.get(StreamController);
        if (path === '/ticks') await until(() => ended.length === 2);
        await until(() => pool.stats().idle === pool.stats().total);
      } finally {
        await app.close();
      }
    },
  );
});
