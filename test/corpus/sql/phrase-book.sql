-- Collations, text search, operators with families, casts, ranges, an extension in a schema of the app, rules on views, publications
-- with filters and lists of columns, privileges on columns, and a comment on everything.
create schema tools;
create extension pg_trgm with schema tools;
create extension fuzzystrmatch with schema public;
create role translator;
create collation numeric_order (provider = icu, locale = 'en-u-kn-true', deterministic = true);
create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create text search dictionary plain_words (template = snowball, language = english, stopwords = english);
create text search configuration phrases (copy = english);
alter text search configuration phrases alter mapping for asciiword, word with plain_words, simple;
create type part_of_speech as enum ('noun', 'verb');
create type pair as (short text, long text);
create type score_range as range (subtype = numeric, multirange_type_name = score_ranges);
create domain short_text as text collate numeric_order constraint is_short check (length(value) <= 80) constraint is_there check (value <> '');
create function pair_text(pair) returns text language sql immutable as $$ select $1.short || ': ' || $1.long $$;
create cast (pair as text) with function pair_text(pair) as assignment;
create function pair_cmp(pair, pair) returns int language sql immutable as $$ select case when $1.short < $2.short then -1 when $1.short > $2.short then 1 else 0 end $$;
create function pair_lt(pair, pair) returns boolean language sql immutable as 'select pair_cmp($1, $2) < 0';
create function pair_le(pair, pair) returns boolean language sql immutable as 'select pair_cmp($1, $2) <= 0';
create function pair_same(pair, pair) returns boolean language sql immutable as 'select pair_cmp($1, $2) = 0';
create function pair_ge(pair, pair) returns boolean language sql immutable as 'select pair_cmp($1, $2) >= 0';
create function pair_gt(pair, pair) returns boolean language sql immutable as 'select pair_cmp($1, $2) > 0';
create operator <@< (leftarg = pair, rightarg = pair, function = pair_lt, commutator = >@>, negator = >=@);
create operator <=@ (leftarg = pair, rightarg = pair, function = pair_le, commutator = >=@, negator = >@>);
create operator =@= (leftarg = pair, rightarg = pair, function = pair_same, commutator = =@=);
create operator >=@ (leftarg = pair, rightarg = pair, function = pair_ge, commutator = <=@, negator = <@<);
create operator >@> (leftarg = pair, rightarg = pair, function = pair_gt, commutator = <@<, negator = <=@);
create operator family pair_family using btree;
create operator class pair_ops for type pair using btree family pair_family as
  operator 1 <@<, operator 2 <=@, operator 3 =@=, operator 4 >=@, operator 5 >@>, function 1 pair_cmp(pair, pair);
create table phrases (
  id int generated always as identity primary key, phrase short_text not null, kind part_of_speech default 'noun', both_ways pair,
  scores score_ranges default '{[0,1)}', title text collate loose, search tsvector generated always as (to_tsvector('phrases', phrase::text)) stored,
  unique (phrase), exclude using gist (int4range(id, id + 1) with &&)
);
create index phrases_pairs on phrases (both_ways pair_ops);
create index phrases_search on phrases using gin (search);
create index phrases_similar on phrases using gist ((phrase::text) tools.gist_trgm_ops (siglen = 32));
create table translations (phrase int references phrases on delete cascade, language char(2) not null, text text not null, note text, primary key (phrase, language));
create view english as select phrase, text from translations where language = 'en' with check option;
create view words as select id, phrase::text as word, (search @@ to_tsquery('phrases', 'hello')) as greets from phrases;
create rule words_new as on insert to words do instead insert into phrases (phrase) values (new.word) returning id, phrase::text, false;
create rule words_changed as on update to words where new.word is distinct from old.word do instead update phrases set phrase = new.word where id = old.id;
create rule words_else as on update to words do instead nothing;
create rule words_gone as on delete to words do instead (delete from translations where phrase = old.id; delete from phrases where id = old.id);
create rule translations_noted as on update to translations where new.text <> old.text do also update phrases set title = new.text where id = new.phrase;
create materialized view similar_phrases as select a.id, b.id as other, tools.similarity(a.phrase, b.phrase) as how from phrases a join phrases b on a.id < b.id with no data;
grant select (id, phrase), update (phrase) on phrases to translator with grant option;
grant insert, select on words to translator;
grant usage on type pair to translator;
revoke all on function pair_text(pair) from public;
grant execute on function pair_text(pair) to translator;
grant usage on sequence phrases_id_seq to translator;
comment on collation loose is 'Upper case is lower case';
comment on text search configuration phrases is 'For phrases';
comment on text search dictionary plain_words is 'For words';
comment on operator <@< (pair, pair) is 'Before';
comment on operator class pair_ops using btree is 'By the short form';
comment on operator family pair_family using btree is 'Of pairs';
comment on cast (pair as text) is 'With a colon';
comment on constraint is_short on domain short_text is 'Fits on a card';
comment on column phrases.phrase is E'It''s a "phrase"\nof two lines';
comment on rule words_gone on words is 'With its translations';
comment on materialized view similar_phrases is 'Filled by night';
comment on column english.text is 'As it is said';
comment on type part_of_speech is 'Of speech';
comment on sequence phrases_id_seq is 'Of phrases';

insert into phrases (phrase, both_ways, title) values ('hello world', row('hi', 'hello'), 'Hello'), ('item 10', row('i', 'item'), 'A'), ('item 9', null, 'a');
insert into translations values (1, 'en', 'Hello, world'), (1, 'de', 'Hallo Welt'), (2, 'en', 'Item');
update translations set text = 'Hello' where phrase = 1 and language = 'en';
create publication shown for table phrases (id, phrase) where (id > 0), translations where (note is distinct from 'private') with (publish = 'insert, update, delete');
