/** @suite postgres15 */
import { SqlParser } from './sql-parser.js';

/** Deep enough to overflow the stack inside the parser. */
const TOO_DEEP = `select 1${'+1'.repeat(50_000)}`;

async function untilItParses(parser: SqlParser, text: string): Promise<void> {
  while ('error' in parser.parse(text)) await new Promise((resolve) => setImmediate(resolve));
}

describe('SqlParser', () => {
  let parser: SqlParser;
  beforeAll(async () => {
    parser = await SqlParser.load();
  });

  it('gives the statements of a text', () => {
    expect(parser.parse('')).toEqual({ statements: [] });
    expect(parser.parse("select 'ü😀'; table a")).toMatchObject({
      statements: [{ stmt: { SelectStmt: expect.anything() } }, { stmt: { SelectStmt: expect.anything() } }],
    });
  });

  it("gives PostgreSQL's message for a text that is none", () => {
    expect(parser.parse('selec 1')).toEqual({ error: 'syntax error at or near "selec"', isFinal: true });
  });

  it('refuses a text the server would see the end of earlier, or other characters in', () => {
    expect(parser.parse('select 1\0; set role x')).toMatchObject({ isFinal: true });
    expect(parser.parse("select '\ud800'")).toMatchObject({ isFinal: true });
    expect(parser.parse("select '\udc00'")).toMatchObject({ isFinal: true });
  });

  it('reads long texts', () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => `($${n}, 'x')`).join(', ');
    expect(parser.parse(`insert into t values ${rows}`)).toHaveProperty('statements');
    expect(parser.parse(`select 1 where a = 1${' or a = 1'.repeat(5_000)}`)).toHaveProperty('statements');
  });

  it('survives any number of texts that overflow its stack, and never reads with an instance that broke', async () => {
    for (let i = 0; i < 40; i += 1) {
      expect(parser.parse(TOO_DEEP)).toMatchObject({ error: expect.any(String), isFinal: false });
      expect(parser.parse('select 1')).toMatchObject({ error: expect.any(String), isFinal: false });
      await untilItParses(parser, 'select 1');
    }
    expect(parser.parse("select set_config('role', $1, true)")).toHaveProperty('statements');
  });
});
