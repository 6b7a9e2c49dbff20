/** @suite postgres15 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SqlParser } from './sql-parser.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

/**
 * Breaks parsers one after another with a text deep enough to overflow the stack inside of them, and prints each kind of
 * answer that there was: to the text, to the next one, and once there is a new parser.
 *
 * In a process of its own, because each new instance brings 128 MB of memory, for which V8 collects the garbage of the
 * whole heap: half a second each time in a process that has run other suites.
 */
const BREAK_FORTY = `
  import { register } from 'node:module';
  register('./test/setup/typescript-hooks.mjs', 'file://' + process.cwd() + '/');
  const { SqlParser } = await import('file://' + process.cwd() + '/libs/core/src/statement/sql-parser.ts');
  const parser = await SqlParser.load();
  const answers = { broken: {}, next: {}, anew: {} };
  const ask = (when, text) => {
    const answer = parser.parse(text);
    answers[when][JSON.stringify(answer)] = answer;
    return answer;
  };
  for (let i = 0; i < 40; i += 1) {
    ask('broken', 'select 1' + '+1'.repeat(50_000));
    ask('next', 'select 1');
    while ('error' in parser.parse('select 1')) await new Promise((resolve) => setImmediate(resolve));
    ask('anew', "select set_config('role', $1, true)");
  }
  console.log(JSON.stringify(Object.values(answers).map((kinds) => Object.values(kinds))));
`;

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
    const program = ['--input-type=module', '-e', BREAK_FORTY];
    const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: REPOSITORY });
    expect(JSON.parse(stdout)).toEqual([
      [{ error: 'the text is nested too deeply for the parser', isFinal: false }],
      [{ error: 'the parser is starting anew after a text it broke on', isFinal: false }],
      [parser.parse("select set_config('role', $1, true)")],
    ]);
  });
});
