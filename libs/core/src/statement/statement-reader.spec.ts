import { SqlParser } from './sql-parser.js';
import { MAX_INLINE_TEXT, MAX_TEXT, StatementReader } from './statement-reader.js';

describe('StatementReader', () => {
  let parser: SqlParser;
  let reader: StatementReader;
  beforeAll(async () => {
    parser = await SqlParser.load();
  });
  beforeEach(() => {
    reader = new StatementReader(parser);
  });

  /** `insert … values` with so many rows. */
  const bulk = (rows: number) =>
    `insert into t values ${Array.from({ length: rows }, (_, n) => `($${n}, 'x')`).join(', ')}`;

  it('reads a text once, whoever asks', async () => {
    for (let i = 0; i < 50; i += 1) {
      await reader.read('select 1');
      await reader.read('selec');
      await reader.read('set role x', 'acme');
    }
    expect(reader.stats()).toEqual({ reads: 3, kept: 3 });
  });

  it('answers at once for short texts and for those it has read, outside of the event loop for others', async () => {
    expect(reader.read('select 1')).not.toBeInstanceOf(Promise);
    const text = bulk(1_000);
    expect(text.length).toBeGreaterThan(MAX_INLINE_TEXT);
    const reading = reader.read(text);
    expect(reading).toBeInstanceOf(Promise);
    expect(await reading).toMatchObject({ isKnown: true, traits: { leavesSessionState: false } });
    expect(reader.read(text)).toBe(await reading);
  });

  it('reads a bulk insert of two megabytes, and what stands behind it', async () => {
    const text = `${bulk(100_000)}; set role x`;
    expect(text.length).toBeGreaterThan(1_000_000);
    const { statements, traits } = await reader.read(text);
    expect(statements.map(({ kind, text: part }) => [kind, part.length])).toEqual([
      ['InsertStmt', text.length - '; set role x'.length],
      ['VariableSetStmt', 'set role x'.length],
    ]);
    expect(traits).toMatchObject({ leavesSessionState: true, mayUnpin: true });
  });

  it('keeps a text of 64 KB, and none longer', async () => {
    const textOf = (length: number) => `select '${'x'.repeat(length - 9)}'`;
    for (let i = 0; i < 3; i += 1) await reader.read(textOf(65_536));
    expect(reader.stats()).toEqual({ reads: 1, kept: 1 });
    for (let i = 0; i < 3; i += 1) await reader.read(textOf(65_537));
    expect(reader.stats()).toEqual({ reads: 4, kept: 1 });
  });

  it('refuses a text that is too long to be read', () => {
    const text = `select '${'x'.repeat(MAX_TEXT)}'`;
    expect(reader.read(text)).toMatchObject({ unreadable: expect.stringContaining('at most 4000000') });
  });

  it('refuses a text that breaks the parser, which costs no other text an answer', async () => {
    const texts = [
      `select 1${'+1'.repeat(100_000)}`,
      bulk(2_000),
      `select 1${'::int'.repeat(100_000)}`,
      bulk(3_000),
    ];
    const read = await Promise.all(texts.map((text, n) => reader.read(text, String(n))));
    expect(read.map(({ unreadable }) => unreadable?.replace(/ .*/, ''))).toEqual([
      'the',
      undefined,
      'the',
      undefined,
    ]);
    expect(reader.stats().kept).toBe(2);
  });

  it('lets those who have long texts take turns', async () => {
    const order: string[] = [];
    const read = async (text: string, who: string) => {
      await reader.read(text, who);
      order.push(who);
    };
    const flood = Array.from({ length: 6 }, (_, n) => read(bulk(2_000 + n), 'flood'));
    await Promise.all([...flood, read(bulk(3_000), 'quiet')]);
    expect(order.indexOf('quiet')).toBeLessThan(3);
  });

  it('forgets what was used least recently when all texts together grow too long', async () => {
    const textOf = (n: number) => `select '${String(n).padStart(60_000, 'x')}'`;
    await reader.read('select 1');
    for (let n = 0; n < 200; n += 1) await reader.read(textOf(n));
    expect(reader.stats().kept).toBeLessThan(140);
    await reader.read(textOf(199));
    expect(reader.stats().reads).toBe(201);
    await reader.read('select 1');
    expect(reader.stats().reads).toBe(202);
  });
});
