import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SqlParser } from './sql-parser.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

/**
 * Breaks parsers one after another with a text deep enough to overflow the stack inside of them, and prints each kind of
 * answer that there was: to the text, to the next one, and to one that comes later.
 *
 * In a process of its own, because each new instance brings 128 MB of memory, for which V8 collects the garbage of the
 * whole heap: half a second each time in a process that has run other suites.
 */
const BREAK_FORTY = `
  import { register } from 'node:module';
  register('./test/setup/typescript-hooks.mjs', 'file://' + process.cwd() + '/');
  const { SqlParser } = await import('file://' + process.cwd() + '/libs/core/src/statement/sql-parser.ts');
  const parser = await SqlParser.load();
  const answers = { broken: {}, next: {}, later: {} };
  const ask = (when, text) => {
    const answer = parser.parse(text);
    answers[when][JSON.stringify(answer)] = answer;
  };
  for (let i = 0; i < 40; i += 1) {
    ask('broken', 'select 1' + '+1'.repeat(50_000));
    ask('next', 'select 1');
    await new Promise((resolve) => setImmediate(resolve));
    ask('later', "select set_config('role', $1, true)");
  }
  console.log(JSON.stringify(Object.values(answers).map((kinds) => Object.values(kinds))));
`;

/** Lets no instance be made after the first, and counts attempts and warnings while a thousand texts are asked for. */
const CANNOT_START = `
  import { register } from 'node:module';
  register('./test/setup/typescript-hooks.mjs', 'file://' + process.cwd() + '/');
  const { SqlParser } = await import('file://' + process.cwd() + '/libs/core/src/statement/sql-parser.ts');
  let attempts = 0, warnings = 0;
  process.on('warning', ({ code }) => { if (code === 'ROWHOUSE_PARSER') warnings += 1; });
  const parser = await SqlParser.load();
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class { constructor() { attempts += 1; throw new Error('no memory'); } };
  const kinds = new Set();
  for (let i = 0; i < 1_000; i += 1) {
    kinds.add(JSON.stringify(parser.parse('select 1' + '+1'.repeat(50_000))));
    await parser.whenReady();
  }
  await new Promise((resolve) => setImmediate(resolve));
  console.log(JSON.stringify({ kinds: [...kinds], attempts, warnings }));
`;

async function run(program: string): Promise<unknown> {
  const args = ['--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: REPOSITORY });
  return JSON.parse(stdout);
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
    expect(parser.parse('selec 1')).toEqual({ syntaxError: 'syntax error at or near "selec"' });
  });

  it('refuses a text the server would see the end of earlier, or other characters in', () => {
    expect(parser.parse('select 1\0; set role x')).toHaveProperty('failure');
    expect(parser.parse("select '\ud800'")).toHaveProperty('failure');
    expect(parser.parse("select '\udc00'")).toHaveProperty('failure');
  });

  it('reads long texts', () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => `($${n}, 'x')`).join(', ');
    expect(parser.parse(`insert into t values ${rows}`)).toHaveProperty('statements');
    expect(parser.parse(`select 1 where a = 1${' or a = 1'.repeat(5_000)}`)).toHaveProperty('statements');
  });

  it('survives any number of texts that overflow its stack: they cost no other text an answer', async () => {
    expect(await run(BREAK_FORTY)).toEqual([
      [{ failure: 'the text is nested too deeply for the parser' }],
      [parser.parse('select 1')],
      [parser.parse("select set_config('role', $1, true)")],
    ]);
  });

  it('stays closed where no instance can be made, and does not try again and again', async () => {
    const { kinds, attempts, warnings } = (await run(CANNOT_START)) as {
      kinds: string[];
      attempts: number;
      warnings: number;
    };
    expect(kinds.filter((kind) => !kind.includes('failure'))).toEqual([]);
    expect(kinds.at(-1)).toContain('no memory');
    expect(attempts).toBeLessThan(5);
    expect(warnings).toBe(attempts);
  });
});
