-- Types, operators, operator classes and functions of extensions, some in a schema of their own, and a foreign server.
create schema extensions;
create extension hstore;
create extension pg_trgm with schema extensions;
create extension "uuid-ossp";
create extension btree_gin;
create extension citext;
create extension pgcrypto with schema extensions;
create extension unaccent;
create extension ltree;
create extension intarray;
create extension postgres_fdw;

create server archive foreign data wrapper postgres_fdw options (host 'archive.example.test', dbname 'archive');
create user mapping for current_user server archive options (user 'reader', password 'secret');

create table places (
  id uuid primary key default uuid_generate_v4(), name citext not null unique, tags hstore not null default ''::hstore, path ltree,
  numbers int[] default '{}', token bytea not null default extensions.gen_random_bytes(8)
);
create index places_trgm on places using gin ((name::text) extensions.gin_trgm_ops);
create index places_tags on places using gist (tags);
create index places_path on places using gist (path);
create index places_numbers on places using gin (numbers gin__int_ops);
create index places_both on places using gin (id, tags);
create domain web_color as citext check (value ~ '^#[0-9a-f]{6}$');
create table colors (place uuid references places on delete cascade, color web_color, similar_to text, constraint near check (extensions.similarity(similar_to, 'red') >= 0));
create foreign table old_places (id uuid, name text) server archive options (schema_name 'public', table_name 'places');
create text search configuration plain (copy = simple);
alter text search configuration plain alter mapping for word with unaccent, simple;
create function search(text) returns setof places language sql stable set search_path = public, extensions
  as $$ select * from places where name::text operator(extensions.%) $1 $$;
create view tagged as select id, name, (each(tags)).* from places;
create collation german (provider = icu, locale = 'de-u-kn');
create table words (word text collate german primary key, plain tsvector generated always as (to_tsvector('simple', word)) stored);
create function same_place(places, places) returns boolean language sql immutable as 'select $1.name = $2.name';
create operator === (leftarg = places, rightarg = places, function = same_place, commutator = ===);

insert into places (name, tags, path, numbers) values ('Zürich', 'river=>Limmat, lake=>yes', 'ch.zh', '{1,2}'), ('porto', '', 'pt.porto', null);
insert into colors select id, '#00ff00', 'green' from places;
insert into words values ('10'), ('9'), ('ä');
