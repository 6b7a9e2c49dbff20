import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { pipeline, Transform } from 'node:stream';
import {
  Body,
  ConflictException,
  Controller,
  Get,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  Post,
  Put,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { InjectDataSource, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource, EntityManager, Repository } from 'typeorm';
import { Author, Book } from '../../support/shop.js';
import { Counter } from '../counter.js';

// An ordinary application without any code about tenants.

/** Stores the results of work that continues after its request was answered. */
@Injectable()
export class Diary {
  readonly #entries = new Map<string, Promise<unknown>>();

  write(token: string, finding: Promise<unknown>): void {
    finding.catch(() => {});
    this.#entries.set(token, finding);
  }

  /** The result for a token; rejects with the error of the work. */
  read(token: string): Promise<unknown> | undefined {
    return this.#entries.get(token);
  }
}

/** The ways to defer work until after the answer. */
export type Delay = 'timer' | 'immediate' | 'microtask' | 'emitter';

const starters: Record<Delay, (work: () => void) => void> = {
  timer: (work) => void setTimeout(work, 5),
  immediate: (work) => void setImmediate(work),
  microtask: (work) => queueMicrotask(() => queueMicrotask(work)),
  emitter: (work) => {
    const emitter = new EventEmitter().once('ready', work);
    setTimeout(() => emitter.emit('ready'), 2);
  },
};

@Injectable()
export class LibraryService {
  constructor(
    @InjectRepository(Book) private readonly books: Repository<Book>,
    @InjectRepository(Counter) private readonly counters: Repository<Counter>,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly diary: Diary,
  ) {}

  list(): Promise<Book[]> {
    return this.books.find({ order: { id: 'ASC' } });
  }

  listCached(): Promise<Book[]> {
    return this.books.find({ order: { id: 'ASC' }, cache: { id: 'all-books', milliseconds: 60_000 } });
  }

  async authorOf(id: number) {
    const book = await this.books.findOneByOrFail({ id });
    const author = await book.author;
    return { name: author.name, books: (await author.books).map(({ title }) => title) };
  }

  async add(title: string, manager: EntityManager = this.books.manager) {
    const book = manager.create(Book, { title, reviews: [{ text: `${title} reviewed` }] });
    book.author = Promise.resolve(await manager.findOneOrFail(Author, { where: {}, order: { id: 'ASC' } }));
    const { id, reviews } = await manager.save(book);
    return { id, title, reviews: reviews.map((review) => review.id) };
  }

  /** @param fails - which titles are rolled back: the second one, or both. */
  async addBoth([first, second]: [string, string], fails: 'no' | 'inner' | 'outer') {
    return this.dataSource.transaction(async (outer) => {
      await this.add(first, outer);
      const inner = outer.transaction(async (nested) => {
        await this.add(second, nested);
        if (fails === 'inner') await nested.query('select 1 / 0');
      });
      await inner.catch((error: unknown) => {
        if (fails !== 'inner') throw error;
      });
      if (fails === 'outer') throw new ConflictException();
      const kept = await outer.find(Book, { order: { id: 'ASC' } });
      return kept.map(({ title }) => title);
    });
  }

  async bump(key: string, text: string) {
    await this.counters.upsert({ key: `${key}-last`, value: 0, text }, ['key']);
    const [row] = await this.dataSource.query<[{ value: number; ticket: number }]>(
      `insert into counters values ($1, 1, $2)
       on conflict (key) do update set value = counters.value + 1, text = excluded.text
       returning value, next_ticket() as ticket`,
      [key, text],
    );
    return row;
  }

  async sleep() {
    return this.dataSource.query('select pg_sleep(0.05), min(title) as title from books');
  }

  async export(): Promise<Transform> {
    const runner = this.dataSource.createQueryRunner();
    const rows = await runner.stream('select title from books, generate_series(1, 2000)');
    const lines = new Transform({
      writableObjectMode: true,
      transform: ({ title }: { title: string }, _encoding, done) => done(null, `${title}\n`),
    });
    pipeline(rows, lines, () => void runner.release());
    return lines;
  }

  /** Queries the database after the request has been answered. */
  lookLater(token: string, delay: Delay): void {
    const look = async () => {
      const [who] = await this.dataSource.query("select current_setting('rowhouse.tenant_id') as id");
      return { who, books: (await this.list()).map(({ title }) => title) };
    };
    this.diary.write(
      token,
      new Promise((resolve) => {
        starters[delay](() => resolve(look()));
      }),
    );
  }

  async fail() {
    await this.dataSource.query('select nonsense');
  }
}

@Controller()
export class LibraryController {
  constructor(private readonly library: LibraryService) {}

  @Get('books')
  list() {
    return this.library.list();
  }

  @Get('books/cached')
  listCached() {
    return this.library.listCached();
  }

  @Get('books/:id/author')
  author(@Param('id', ParseIntPipe) id: number) {
    return this.library.authorOf(id);
  }

  @Post('books')
  add(@Body() { title }: { title: string }) {
    return this.library.add(title);
  }

  @Post('books/upload')
  upload(@Body() form: Buffer) {
    const [, title = ''] = /name="title"\r\n\r\n(.*)\r\n/.exec(form.toString('latin1')) ?? [];
    return this.library.add(title);
  }

  @Post('books/both')
  addBoth(@Body() { titles, fails }: { titles: [string, string]; fails: 'no' | 'inner' | 'outer' }) {
    return this.library.addBoth(titles, fails);
  }

  @Put('counters/:key')
  bump(@Param('key') key: string, @Body() { text }: { text: string }) {
    return this.library.bump(key, text);
  }

  @Get('sleep')
  sleep() {
    return this.library.sleep();
  }

  @Get('export')
  async export(@Res({ passthrough: true }) response: ServerResponse | { raw: ServerResponse }) {
    const lines = await this.library.export();
    const { raw } = 'raw' in response ? response : { raw: response };
    raw.once('close', () => lines.destroy());
    return new StreamableFile(lines);
  }

  @Post('later')
  later(@Body() { token, delay }: { token: string; delay: Delay }) {
    this.library.lookLater(token, delay);
    return { accepted: token };
  }

  @Get('fail')
  fail() {
    return this.library.fail();
  }
}

@Module({
  imports: [TypeOrmModule.forFeature([Author, Book, Counter])],
  providers: [Diary, LibraryService],
  exports: [Diary, LibraryService],
  controllers: [LibraryController],
})
export class LibraryModule {}
