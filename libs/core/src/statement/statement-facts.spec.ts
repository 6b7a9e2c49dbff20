import { SqlParser } from './sql-parser.js';
import { readText } from './statement-facts.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await SqlParser.load();
});

const one = (text: string) => {
  const [facts, ...others] = readText(parser, text).statements;
  if (!facts || others.length > 0) throw new Error(`${text} should be one statement`);
  return facts;
};

describe('the facts of a statement', () => {
  it.each([
    'create table public.t (id int)',
    'create table if not exists "public"."t" (id int)',
    'alter table public.t add x int',
    'create index i on public.t (x)',
    'drop table public.t',
    'drop index "public"."i"',
    'drop type public.mood',
    `create type "public"."mood" as enum ('a')`,
    `alter type public.mood add value 'b'`,
    'alter type public.mood rename to old',
    'create domain public.d as text',
    'create sequence public.s',
    'create view public.v as select 1',
    'create materialized view public.v as select 1',
    'create table public.t as select 1',
    'select 1 as a into public.t',
    'create function public.f() returns int language sql as $$select 1$$',
    'drop function public.f()',
    'comment on table public.t is $$x$$',
    'comment on column public.t.c is $$x$$',
    'alter table t set schema public',
    'alter table public.t rename to u',
    'insert into public.t values (1)',
    'update public.t set x = 1',
    'delete from public.t',
    'truncate public.t',
    'create trigger g after insert on public.t execute function f()',
    'create policy p on public.t using (true)',
    'create schema public',
    'grant select on public.t to x',
    'create aggregate public.a (int) (sfunc = f, stype = int)',
    'alter operator class public.c using btree rename to d',
  ])('sees what %s changes', (text) => {
    expect(one(text).targets.map(({ schema }) => schema)).toContain('public');
  });

  it.each([
    'create table t (id int)',
    'create table t (code text references public.countries (code))',
    'alter table t add constraint f foreign key (code) references public.countries (code)',
    'create view v as select * from public.countries',
    'insert into t select * from public.countries',
    'alter table t add x public.citext',
    'create trigger g after insert on t execute function public.f()',
    "alter table t alter c set default nextval('public.s')",
    'comment on operator class c using btree is $$x$$',
    'drop operator family c using btree',
  ])('tells what is referred to from what is changed: %s', (text) => {
    expect(one(text).targets).toEqual([]);
  });

  it.each([
    ['set search_path to x', 'search_path'],
    ['set local role x', 'role'],
    ["select pg_catalog.set_config('search_path', '', false)", 'search_path'],
    ['select set_config(name, setting, false) from wanted', ''],
    ["set client_encoding = 'LATIN1'", 'client_encoding'],
    ['set standard_conforming_strings = off', 'standard_conforming_strings'],
    ["set local lock_timeout = '1s'", undefined],
    ["set local statement_timeout = '1s'", undefined],
    // The head of a dump.
    ['set transaction_timeout = 0', undefined],
    ["set client_encoding = 'UTF8'", undefined],
    ['set standard_conforming_strings = on', undefined],
    ['set check_function_bodies = false', undefined],
    ['set xmloption = content', undefined],
    ['set row_security = off', undefined],
  ])('%s sets of the pin: %s', (text, setting) => {
    expect(one(text).pinnedSetting).toBe(setting);
  });

  it.each([
    ['create index concurrently i on t (x)', true],
    ['drop index concurrently i', true],
    ['reindex (concurrently) table t', true],
    ['reindex table concurrently t', true],
    ['create index i on t (x)', false],
  ])('%s is concurrent: %s', (text, isConcurrent) => {
    expect(one(text).isConcurrent).toBe(isConcurrent);
  });

  it.each([
    ['create index concurrently i on t (x)', ['i']],
    ['create index on t (x)', []],
    ['drop index concurrently public.i, j', ['i', 'j']],
  ])('%s is about %j', (text, names) => {
    expect(one(text).names).toEqual(names);
  });

  it('names kinds, transaction control and functions', () => {
    expect(one('commit')).toMatchObject({ kind: 'TransactionStmt', transaction: 'TRANS_STMT_COMMIT' });
    expect(one("select now(), public.tax(1), pg_notify('a', 'b')").calls).toEqual(
      expect.arrayContaining([
        { schema: undefined, name: 'now', argumentCount: 0, firstArgument: undefined },
        { schema: 'public', name: 'tax', argumentCount: 1, firstArgument: undefined },
        { schema: undefined, name: 'pg_notify', argumentCount: 2, firstArgument: 'a' },
      ]),
    );
    expect(readText(parser, 'select 1; create table t ()').statements.map(({ kind }) => kind)).toEqual([
      'SelectStmt',
      'CreateStmt',
    ]);
    expect(readText(parser, 'selec')).toMatchObject({ isKnown: false, unreadable: undefined });
  });
});
