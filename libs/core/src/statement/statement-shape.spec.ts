import { StatementReader } from './statement-reader.js';

describe('the shape of a statement', () => {
  let reader: StatementReader;
  beforeAll(async () => {
    reader = await StatementReader.load();
  });

  it.each([
    ["select * from t where a = 'x' and b=$1", 'select * from t where a = ? and b=?'],
    ['select  a\n from t -- secret\n where /* secret */ n > -1.5e3', 'select a from t where n > -?'],
    ["select E'a\\'b', U&'\\0041', B'01', x'ff', .5, 'é'", 'select ?, …'],
    ['select * from t where id in (1,2, 3) or id in ($1)', 'select * from t where id in (?, …) or id in (?)'],
    ["do $$ begin perform 'secret'; end $$", 'do ?'],
    ["notify ch, 'secret'", 'notify ch, ?'],
    [`select "it's '1'" from "Weird 1"`, `select "it's '1'" from "Weird 1"`],
    ["create role r password 'secret'", 'create role r password ?'],
  ])('%s', (text, shape) => {
    expect(reader.shapeOf(text)).toBe(shape);
  });

  it('is unknown for what cannot be read', () => {
    expect(reader.shapeOf("select 'unterminated secret")).toBeUndefined();
    expect(reader.shapeOf(`select '${'x'.repeat(9_000)}'`)).toBeUndefined();
    expect(reader.shapeOf('select 1\0')).toBeUndefined();
  });
});

describe('the EXPLAIN of a shape', () => {
  let reader: StatementReader;
  beforeAll(async () => {
    reader = await StatementReader.load();
  });

  it.each([
    ["select * from t where a = 'x' and b=$1", 'select * from t where a = $1 and b=$2'],
    ['select * from t where id in (1, 2, 3) limit 5', 'select * from t where id in ($1) limit $2'],
    [`select "a?b" from "Weird ""?"" Name" where n=7`, `select "a?b" from "Weird ""?"" Name" where n=$1`],
    ["with x as (select 1) update t set a = 'x' from x", 'with x as (select $1) update t set a = $2 from x'],
    ['delete from t where id = 1', 'delete from t where id = $1'],
  ])('%s', (text, explained) => {
    expect(reader.explainShape(reader.shapeOf(text) ?? '')).toBe(`explain (generic_plan) ${explained}`);
  });

  it.each([
    'select ?; drop table t',
    'select ?; select ?',
    '',
    ';',
    'drop table t',
    'create table t as select ?',
    'execute p(?)',
    'explain analyze delete from t',
    'do ?',
    'copy t from stdin',
    'declare c cursor for select ?',
    'refresh materialized view v',
    'analyze) delete from t',
    'select * from t where data ? ?',
    'begin',
  ])('is none of %s', (shape) => {
    expect(reader.explainShape(shape)).toBeUndefined();
  });

  it('is none of what is longer than is read at once', () => {
    expect(reader.explainShape(`select ${'?, '.repeat(5_000)}?`)).toBeUndefined();
  });
});
