/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { type ForeignFunction, findingOfForeign, readForeignFunctions } from './function-members.js';
import { POSTGRES_FUNCTIONS } from './lists/postgres-functions.js';
import { POSTGRES_OPERATORS } from './lists/postgres-operators.js';
import { POSTGRES_REFUSED } from './lists/postgres-refused.js';
import { POSTGRES_TYPES } from './lists/postgres-types.js';
import { REVIEWED_EXTENSIONS } from './lists/reviewed-extensions.js';
import { reviewOfPostgres } from './reviewed-functions.js';

/** Their libraries are not part of PostgreSQL. */
const LANGUAGES = /perl|python|tcl/;

let database: TestDatabase;
let client: pg.Client;
let foreign: readonly ForeignFunction[];
const installed: string[] = [];
const notInstalled: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    'select name from pg_available_extensions order by 1',
  );
  for (const { name } of rows) {
    await client.query(`create extension if not exists "${name}" cascade`).then(
      () => installed.push(name),
      () => notInstalled.push(name),
    );
  }
  foreign = await readForeignFunctions((text, values) => client.query(text, [...values]));
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const described = ({ extension, schema, name }: ForeignFunction) => `${extension ?? schema}: ${name}`;

describe('the reviewed lists', () => {
  it('have every function of PostgreSQL that a statement can call', () => {
    expect(foreign.filter(({ extension }) => extension === null).map(described)).toEqual([]);
  });

  it('have every extension that comes with the server', () => {
    expect(installed.length).toBeGreaterThan(40);
    expect(installed.filter((name) => !REVIEWED_EXTENSIONS.has(name))).toEqual([]);
    expect(notInstalled.filter((name) => !LANGUAGES.test(name) || !REVIEWED_EXTENSIONS.has(name))).toEqual(
      [],
    );
  });

  it('have every function of these extensions that a statement can call', () => {
    expect(foreign.length).toBeGreaterThan(400);
    const unreviewed = foreign.filter((one) => findingOfForeign(one)?.rule === 'unreviewed-function');
    expect(unreviewed.map(described)).toEqual([]);
  });

  it('allow no function that they refuse', () => {
    const allowed = new Set(
      [...POSTGRES_FUNCTIONS, ...POSTGRES_OPERATORS, POSTGRES_TYPES].flatMap((list) => [...list]),
    );
    const refused = POSTGRES_REFUSED.flatMap(({ names }) => [...names]);
    expect(refused.filter((name) => allowed.has(name))).toEqual([]);
    expect(new Set(refused).size).toBe(refused.length);
  });

  it('refuse no function that a statement can call without its name: by an operator, a cast or a type', async () => {
    const { rows } = await client.query<ForeignFunction>(
      `select n.nspname::text as schema, p.proname::text as name, e.extname::text as extension
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
         left join pg_extension e on e.oid = d.refobjid
        where p.oid in (select oprcode from pg_operator union select castfunc from pg_cast
                        union select unnest(array[typinput, typoutput, typmodin, typmodout]) from pg_type)
          and p.prorettype <> all ('{internal,trigger,event_trigger}'::regtype[])
          and not 'internal'::regtype = any (p.proargtypes)`,
    );
    expect(rows.length).toBeGreaterThan(1_000);
    const refused = rows.filter((one) =>
      one.extension === null ? reviewOfPostgres(one.name) !== 'allowed' : findingOfForeign(one),
    );
    // Input functions of whole kinds of types: refused where they are called by name, for a type that they are handed.
    const ofKinds = /^(?:array|domain|enum|multirange|range|record)_in$/;
    expect(refused.filter(({ name }) => !ofKinds.test(name)).map(described)).toEqual([]);
  });

  it.each([
    'version current_schema current_database current_setting quote_ident pg_get_constraintdef pg_get_indexdef pg_get_expr',
    'format_type obj_description col_description shobj_description to_regclass has_table_privilege pg_table_is_visible',
    'pg_get_serial_sequence pg_get_viewdef pg_get_functiondef pg_table_size pg_total_relation_size pg_relation_size array_agg',
    'generate_subscripts unnest nextval currval setval gen_random_uuid now clock_timestamp pg_sleep pg_typeof row_to_json',
  ])('allow what ORMs and applications call: %s', (list) => {
    expect(list.split(' ').filter((name) => reviewOfPostgres(name) !== 'allowed')).toEqual([]);
  });
});
