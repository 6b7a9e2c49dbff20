import fc from 'fast-check';
import { maybe, name, oneOf, phrase, string, type Tokens } from './spelling.js';

/** Settings that no module has defined. {@link leftState} looks for all of them. */
export const CUSTOM_SETTINGS = [
  'app.who',
  'transaction.foo',
  'local.bar',
  'constraints.baz',
  'session.qux',
  'time.zone',
  'rowhouse.tenant_id',
];

const key = oneOf('1', '42', '9223372036854775807');

const lock = phrase(
  fc.constantFrom(
    ...['pg_advisory_lock', 'pg_try_advisory_lock', 'pg_advisory_lock_shared', 'pg_try_advisory_lock_shared'],
    ...['pg_advisory_xact_lock', 'pg_try_advisory_xact_lock', 'pg_advisory_xact_lock_shared'],
  ),
  '(',
  oneOf(key, '1 , 2'),
  ')',
);

const settingName = oneOf(
  ...CUSTOM_SETTINGS.map(string),
  ...['search_path', 'role', 'Work_Mem', 'extra_float_digits', 'application_name'].map(string),
  "'app' || '.who'",
  "concat ( 'search' , '_path' )",
);
const settingValue = oneOf(string('none'), string('4MB'), string('1'), string('pg_temp'), string(''));
const isLocal = oneOf('true', 'true', 'false', 'false', "'t'", "'no'", 'not true', '1 = 1', 'null');

const setConfig = oneOf(
  phrase(
    oneOf('set_config', name('set_config'), 'pg_catalog.set_config'),
    '(',
    settingName,
    ',',
    settingValue,
    ',',
    isLocal,
    ')',
  ),
);

const runsText = oneOf(
  phrase('query_to_xml (', string("select set_config('app.who', 'x', false)"), ', true , true , $$$$ )'),
  phrase('query_to_xml (', string('select pg_advisory_lock(7)'), ', true , true , $$$$ )'),
  phrase('query_to_xmlschema (', string('select 1'), ', true , true , $$$$ )'),
  phrase(
    'ts_rewrite ( $$a$$ ::tsquery ,',
    string("select 'a'::tsquery, set_config('app.who', 'b', false)::tsquery"),
    ')',
  ),
);

const call = oneOf(
  lock,
  lock,
  setConfig,
  setConfig,
  runsText,
  'pg_advisory_unlock_all ( )',
  phrase('pg_notify (', string('home'), ',', string('listen x'), ')'),
  "current_setting ( 'search_path' )",
  "nextval ( 'home.s' )",
  'random ( )',
);

const scalar: fc.Arbitrary<Tokens> = oneOf(
  '1',
  'null',
  'array [ 1 , 2 ]',
  string('set search_path = x; commit'),
  string('pg_advisory_lock(1)'),
  string("it's; begin"),
  'cast ( 1 as bigint )',
  call,
  phrase('(', 'select', call, ')'),
  phrase('case when true then', call, '::text else null end'),
  phrase('coalesce (', call, '::text ,', string('x'), ')'),
);

/** What a query calls with the attribute's notation, f(x) as x.f (manual, 8.16.5). */
const attributeCall = phrase(
  oneOf('select x.', 'select ( x ).', 'select ( 8 ::bigint ).'),
  fc.constantFrom(
    'pg_advisory_lock',
    'pg_try_advisory_lock',
    'pg_advisory_xact_lock',
    'to_hex',
    'no_such_column',
  ),
  'from',
  oneOf(
    'generate_series ( 5 ::bigint , 5 ) x',
    'unnest ( array [ 6 ::bigint ] ) x',
    '( values ( 1 ::bigint ) ) x',
    'home.t x',
  ),
);

const source = oneOf(
  'home.t',
  'home . t as u',
  phrase('(', 'select', call, 'as a ) as u'),
  phrase('(', 'values (', scalar, ') ) as u ( a )'),
  'pg_catalog.pg_settings',
  'generate_series ( 1 , 2 ) a',
);

const into = oneOf('into temp', 'into temporary table', 'into local temp', 'into home .', 'into pg_temp .');

export const select: fc.Arbitrary<Tokens> = oneOf(
  phrase('select', scalar),
  phrase('select', scalar, ',', scalar, 'as', name('begin')),
  phrase('select', scalar, 'from', source, maybe('where', call, '::text is not null')),
  phrase('select', scalar, 'from', source, 'limit 1 for update'),
  phrase('values (', scalar, ') , (', scalar, ')'),
  'table home.t',
  attributeCall,
  phrase('select', scalar, 'union all select', scalar),
);

const insert = phrase('insert into home.t ( b , a ) values (', scalar, "::text , nextval ( 'home.s' ) )");
const settingsView = oneOf('pg_settings', name('pg_settings'), 'pg_catalog.pg_settings');

const change: fc.Arbitrary<Tokens> = oneOf(
  insert,
  phrase(
    'insert into home.t select 2 ,',
    scalar,
    '::text on conflict',
    oneOf('do nothing', '( a ) do update set b = excluded.b'),
  ),
  phrase('update home.t set b =', scalar, '::text where a < 5', maybe('and', call, '::text is null')),
  phrase('delete from home.t where b =', scalar, '::text'),
  phrase(
    'merge into home.t using ( values (',
    scalar,
    '::text ) ) as v ( b ) on t.b = v.b when matched then do nothing when not matched then insert values (',
    "nextval ( 'home.s' ) ,",
    scalar,
    '::text )',
  ),
  phrase('update', settingsView, 'set setting = 1 where name =', string('extra_float_digits')),
);

const withClause = phrase(
  'with',
  name('transaction'),
  'as (',
  oneOf(select, phrase(insert, 'returning 1')),
  ')',
);

export const query: fc.Arbitrary<Tokens> = oneOf(
  select,
  select,
  change,
  phrase(insert, 'returning', call),
  phrase(withClause, 'select * from transaction'),
  phrase(withClause, change),
);

export const selectInto: fc.Arbitrary<Tokens> = phrase(
  'select',
  scalar,
  'as a',
  into,
  fc.constantFrom('made_1', 'made_2'),
  'from',
  source,
);
