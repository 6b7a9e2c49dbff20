/** @suite postgres15 */
import fc from 'fast-check';
import { splitStatements } from './split-statements.js';
import { SqlParser } from './sql-parser.js';
import { describeStatement } from './statement-traits.js';

describe('splitStatements', () => {
  it.each<[string, string[]]>([
    ['select 1', ['select 1']],
    ['  select 1 ; ', ['select 1 ']],
    ['select 1; select 2;;', ['select 1', 'select 2']],
    ["select ';', 'it''s;'", ["select ';', 'it''s;'"]],
    ["select E'\\';' ; select 2", ["select E'\\';' ", 'select 2']],
    ["select '\\'; select 2", ["select '\\'", 'select 2']],
    ['select ";""";select 2', ['select ";"""', 'select 2']],
    ['/* a; /* nested; */ b; */ select 1', ['select 1']],
    ['-- a; b\nselect 1 -- c; d', ['select 1 -- c; d']],
    ['do $$ begin; end $$; select 1', ['do $$ begin; end $$', 'select 1']],
    ['do $a$ $$;$$ ; $a$; select 1', ['do $a$ $$;$$ ; $a$', 'select 1']],
    ['select $1; select a$b$c', ['select $1', 'select a$b$c']],
    [
      'create function f() returns int begin atomic select 1; select case when true then 2 end; end; select 3',
      [
        'create function f() returns int begin atomic select 1; select case when true then 2 end; end',
        'select 3',
      ],
    ],
    [
      'create or replace procedure p() begin\n--;\natomic insert into t values (1); end;select 2',
      ['create or replace procedure p() begin\n--;\natomic insert into t values (1); end', 'select 2'],
    ],
    ['begin atomic; select 2', ['begin atomic', 'select 2']],
    ['', []],
    ['  -- nothing', []],
    ["select 'open; select 2", ["select 'open; select 2"]],
  ])('%j', (text, parts) => expect(splitStatements(text)).toEqual(parts));

  it('ends on any text, and loses nothing but separators', () => {
    const alphabet = fc.constantFrom(
      "'",
      '"',
      '$',
      '$$',
      '$a$',
      ';',
      '-',
      '--',
      '/*',
      '*/',
      '\\',
      'E',
      'x',
      ' ',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.array(alphabet).map((parts) => parts.join('')),
        (text) => {
          const parts = splitStatements(text);
          let from = 0;
          for (const part of parts) {
            const at = text.indexOf(part, from);
            expect(at).toBeGreaterThanOrEqual(from);
            from = at + part.length;
          }
        },
      ),
    );
  });
});

describe('the end of a statement', () => {
  const piece = fc.constantFrom("''", '"', '\\\\', "\\';", "'", '$$', ';', '--', '/*', '*/', 'x', '\n', '\r');
  const inside = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
  const blank = fc.oneof(
    fc.constantFrom(' ', '\n', '\r', '\t'),
    inside.map((text) => `--${text.replace(/[\n\r]/g, '')}\n`),
    inside.map((text) => `--${text.replace(/[\n\r]/g, '')}\r`),
    inside.map((text) => `/*${text.replace(/\/\*|\*\//g, '')} */`),
  );
  const string = fc.tuple(
    fc.constantFrom('', 'E', 'e', 'U&'),
    fc.array(fc.tuple(inside, blank), { minLength: 1, maxLength: 3 }),
  );
  const literal = fc.oneof(
    string.map(([kind, parts]) => kind + parts.map(([text, between]) => `'${text}'${between}`).join('')),
    inside.map((text) => `"a${text.replaceAll('"', '""')}"`),
    inside.map((text) => `$b$${text.replaceAll('$', '')}$b$`),
  );
  const statement = fc
    .tuple(blank, literal, blank)
    .map(([before, what, after]) => `select${before}1 as c,${what}${after}`);
  const script = fc.array(statement, { minLength: 1, maxLength: 4 }).map((all) => all.join(';'));

  it('is where PostgreSQL finds it, in whatever strings and comments', async () => {
    const parser = await SqlParser.load();
    let compared = 0;
    fc.assert(
      fc.property(script, (text) => {
        const parsed = parser.parse(text);
        if ('error' in parsed) return;
        compared += 1;
        expect(splitStatements(text)).toHaveLength(parsed.statements.length);
      }),
      { numRuns: 3_000 },
    );
    expect(compared).toBeGreaterThan(300);
  });
});

describe('describeStatement', () => {
  it.each([
    'begin',
    ' START TRANSACTION',
    '/* x */ commit',
    'rollback to a',
    'Savepoint a',
    'release a',
    'end',
    'abort',
    "prepare transaction 'x'",
    '-- x\nset transaction read only',
  ])('knows %j as transaction control', (text) =>
    expect(describeStatement(text).isTransactionControl).toBe(true),
  );

  it.each(['select begin', 'committed', 'with a as (select 1) select * from a', "select 'commit'"])(
    'knows %j as none',
    (text) => expect(describeStatement(text).isTransactionControl).toBe(false),
  );

  it.each([
    'set search_path = x',
    'SET SESSION statement_timeout = 0',
    'listen a',
    'create temporary table a (b int)',
    'create temp view a as select 1',
    'select 1 into temp a',
    'create table pg_temp.a (b int)',
    'declare c cursor with hold for select 1',
    'select pg_advisory_lock(1)',
    "select set_config('a.b', 'c', false)",
    'do $$ begin end $$',
    'call p()',
    "load 'x'",
    'select 1; set x = y',
  ])('knows that %j may leave session state', (text) =>
    expect(describeStatement(text).leavesSessionState).toBe(true),
  );

  it.each([
    'set local x = y',
    'set transaction isolation level serializable',
    'create temp table a (b int) on commit drop',
    'select pg_advisory_xact_lock(1)',
    'select * from settings',
    'insert into documents values ($1)',
  ])('knows that %j leaves none', (text) => expect(describeStatement(text).leavesSessionState).toBe(false));
});
