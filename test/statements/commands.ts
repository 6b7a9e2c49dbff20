import fc from 'fast-check';
import { CUSTOM_SETTINGS, query, select, selectInto } from './queries.js';
import { maybe, name, oneOf, phrase, string, type Tokens } from './spelling.js';

const statementName = oneOf(...['p', 'transaction', 'transaction-2', 'all', 'ü'].map((text) => name(text)));
const cursorName = oneOf(name('c'), name('hold'), name('with hold'), name('cursor_2'));
const channel = oneOf(name('home'), name('listen'), name('*'));

const setting = oneOf(
  ...CUSTOM_SETTINGS,
  ...['search_path', 'role', 'extra_float_digits', 'work_mem', 'lock_timeout', 'datestyle', 'jit'],
  phrase(name('search_path')),
);
const settingValue = oneOf(
  'default',
  '1',
  string('none'),
  string('pg_temp'),
  string('60000'),
  'on',
  'home , pg_temp',
  'pg_temp , home',
);
const mode = oneOf(
  'isolation level serializable',
  'read only',
  'read write , not deferrable',
  'isolation level read committed',
);

const set: fc.Arbitrary<Tokens> = oneOf(
  phrase('set', maybe(oneOf('session', 'local')), setting, oneOf('=', 'to'), settingValue),
  phrase('set', maybe(oneOf('session', 'local')), setting, oneOf('=', 'to'), settingValue),
  phrase(
    'set',
    maybe(oneOf('session', 'local')),
    oneOf(
      phrase('schema', string('pg_temp')),
      phrase('time zone', oneOf('local', string('UTC'), 'interval $$1$$ hour to minute')),
      phrase('names', string('UTF8')),
      'role none',
      'session authorization default',
      'xml option document',
      phrase('transaction', mode),
      'work_mem from current',
    ),
  ),
  phrase('set session characteristics as transaction', mode),
  phrase('set constraints', oneOf('all', 'home.late'), oneOf('deferred', 'immediate')),
  phrase(
    'reset',
    oneOf('all', setting, 'role', 'session authorization', 'time zone', 'transaction isolation level'),
  ),
  phrase('show', oneOf('all', setting, 'time zone')),
);

const prepare: fc.Arbitrary<Tokens> = phrase('prepare', statementName, maybe('( int )'), 'as', query);
const execute: fc.Arbitrary<Tokens> = phrase('execute', statementName);
const declare: fc.Arbitrary<Tokens> = phrase(
  'declare',
  cursorName,
  maybe(oneOf('binary', 'no scroll', 'insensitive', 'scroll')),
  'cursor',
  maybe(oneOf('with hold', 'without hold')),
  'for',
  select,
);

const creationName = oneOf(
  'made_1',
  'made_2',
  'home.made_3',
  'pg_temp.made_1',
  phrase(name('pg_temp'), '.', name('made_2')),
);
const temporary = oneOf('temp', 'temporary', 'local temp', 'global temporary', 'unlogged', '');
const onCommit = maybe(oneOf('on commit drop', 'on commit delete rows', 'on commit preserve rows'));

const create: fc.Arbitrary<Tokens> = oneOf(
  phrase('create', temporary, 'table', maybe('if not exists'), creationName, '( a int )', onCommit),
  phrase('create', temporary, 'table', creationName, '( like home.t )', onCommit),
  phrase('create', temporary, 'table', creationName, onCommit, 'as', oneOf(query, execute)),
  phrase('create or replace', oneOf('temp', ''), 'view', creationName, 'as select 1 as a'),
  phrase('create', oneOf('temp', ''), 'recursive view', creationName, '( a ) as select 1'),
  phrase('create', oneOf('temp', 'unlogged', ''), 'sequence', creationName),
  phrase('create materialized view', creationName, 'as select 1 as a'),
  phrase('create or replace function', creationName, '( ) returns int language sql as', string('select 1')),
  phrase('create function', creationName, '( ) returns int language sql begin atomic ; select 1 ; end'),
  phrase(
    'create type',
    creationName,
    oneOf('as ( a int )', 'as enum ( $$a$$ )', 'as range ( subtype = int )'),
  ),
  phrase('create domain', creationName, 'as int check ( value > 0 )'),
  phrase('create aggregate', creationName, '( int ) ( sfunc = int4pl , stype = int )'),
  phrase('create collation', creationName, '( locale = $$C$$ )'),
  phrase('create text search configuration', creationName, '( parser = default )'),
  phrase('create statistics', creationName, 'on a , b from home.t'),
  phrase('create index if not exists made_6 on home.t ( b )'),
  phrase('alter table', oneOf('home.made_3', 'home.t'), 'set schema pg_temp'),
  phrase('drop table if exists', creationName),
  phrase(
    'drop',
    oneOf('view', 'sequence', 'materialized view', 'type', 'domain'),
    'if exists',
    creationName,
    'cascade',
  ),
  selectInto,
);

const SETTING_BLOCK = "begin perform set_config('app.who', 'x', false); end";

const other: fc.Arbitrary<Tokens> = oneOf(
  phrase('listen', channel),
  phrase('unlisten', oneOf(channel, '*')),
  phrase('notify', channel, maybe(',', string('prepare p as select 1'))),
  'lock table home.t in share mode',
  'truncate home.t',
  'analyze home.t',
  'vacuum home.t',
  phrase('do', string(SETTING_BLOCK)),
  phrase('do language plpgsql', string('begin null; end')),
  'call home.sets_state ( )',
  phrase('copy home.t to stdout'),
  phrase('copy (', query, ') to stdout'),
  'copy home.t from stdin',
  'grant select on home.t to public',
  phrase('comment on table home.t is', string('set x; commit')),
  'refresh materialized view home.made_3',
);

const discard = phrase('discard', oneOf('all', 'plans', 'sequences', 'temp', 'temporary'));

const wrapped = oneOf(
  query,
  declare,
  execute,
  phrase('create temp table made_1 as', oneOf(query, execute)),
  'refresh materialized view home.made_3',
);

const explain: fc.Arbitrary<Tokens> = phrase(
  'explain',
  oneOf(
    '',
    'analyze',
    'verbose',
    'analyze verbose',
    '( analyze )',
    '( analyze true , buffers off , verbose )',
    '( format json , analyze on )',
    '( generic_plan )',
    '( settings , summary off )',
  ),
  wrapped,
);

const savepoint = oneOf(name('a'), name('transaction'), name('release'));
const chain = maybe(oneOf('and chain', 'and no chain'));

/** Transaction control in all its spellings. */
export const control: fc.Arbitrary<Tokens> = oneOf(
  phrase(oneOf('begin', 'begin work', 'begin transaction', 'start transaction'), maybe(mode)),
  phrase(oneOf('commit', 'end', 'commit work', 'end transaction'), chain),
  phrase(oneOf('rollback', 'abort', 'rollback transaction'), chain),
  phrase('savepoint', savepoint),
  phrase('release', maybe('savepoint'), savepoint),
  phrase(oneOf('rollback to', 'rollback work to savepoint'), savepoint),
  phrase(oneOf('prepare transaction', 'commit prepared', 'rollback prepared'), string('t')),
  phrase('set', maybe(oneOf('session', 'local')), 'transaction', mode),
);

const fetchOrMove = phrase(
  oneOf('fetch', 'fetch all from', 'fetch forward 1 in', 'move next', 'move'),
  cursorName,
);

/** Any statement. Those that leave state in many ways come more often. */
export const command: fc.Arbitrary<Tokens> = fc.oneof(
  { weight: 8, arbitrary: query },
  { weight: 5, arbitrary: set },
  { weight: 3, arbitrary: explain },
  { weight: 2, arbitrary: prepare },
  {
    weight: 2,
    arbitrary: oneOf(execute, phrase('deallocate', maybe('prepare'), oneOf(statementName, 'all'))),
  },
  { weight: 2, arbitrary: oneOf(declare, declare, fetchOrMove, phrase('close', oneOf(cursorName, 'all'))) },
  { weight: 5, arbitrary: create },
  { weight: 3, arbitrary: other },
  { weight: 1, arbitrary: discard },
  { weight: 2, arbitrary: control },
);

const localPath = oneOf(
  phrase(
    'set local',
    oneOf('search_path =', 'schema'),
    oneOf(string('pg_temp'), string('pg_temp'), string('home')),
  ),
  phrase('set local', name('search_path'), 'to pg_temp , home'),
  phrase('select set_config (', string('search_path'), ',', string('pg_temp, home'), ', true )'),
);

/** Statements that go together: the first decides what the second does. */
export const pair: fc.Arbitrary<Tokens> = oneOf(
  phrase(localPath, ';', create),
  phrase('prepare p as', query, '; execute p'),
  phrase('declare c cursor', maybe('with hold'), 'for', select, '; fetch', maybe('all from'), 'c'),
  phrase('begin ;', command, ';', oneOf('commit', 'rollback', 'select 1 / 0')),
  phrase(command, '; select 1 / 0'),
);
