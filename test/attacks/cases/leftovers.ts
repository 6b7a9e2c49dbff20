import { attacks } from '../attack.js';

/** Leaves state on the connection for the next tenant. */
export const leftovers = attacks(
  ['a temporary table', "create temp table products as select 'planted' as secret", 'nobody'],
  [
    'a temporary table under an escaped name',
    'create table U&"pg\\005ftemp".products as select \'planted\' as secret',
    'nobody',
  ],
  [
    'a temporary table behind a carriage return',
    "-- \r create temp table products as select 'planted' as secret",
    'nobody',
  ],
  [
    'a temporary table with a column that claims it is dropped',
    'create temp table leftover ("on commit drop" int)',
    'nobody',
  ],
  ['a temporary view', "create temp view products as select 'planted' as secret", 'nobody'],
  ['a temporary sequence', 'create temp sequence tickets', 'nobody'],
  ['a prepared statement', "prepare theirs_too as select 'planted'", 'nobody'],
  ['a held cursor', "declare planted cursor with hold for select 'planted'", 'nobody'],
  ['a channel listened to', 'listen planted', 'nobody'],
  ['an advisory lock', 'select pg_advisory_lock(4713)', 'guard'],
  ['an advisory lock under an escaped name', 'select U&"pg\\005fadvisory_lock"(4713)', 'guard'],
  [
    'an advisory lock behind a string of two lines',
    "select E'a'\n'b\\'' , pg_advisory_lock(4713) -- '",
    'guard',
  ],
  ['an advisory lock behind a carriage return', 'select 1 -- \r , pg_advisory_lock(4713)', 'guard'],
  ['a setting of the application', "select set_config('app.user_id', 'planted', false)", 'nobody'],
  [
    'a setting of the application under an escaped name',
    "select U&\"set\\005fconfig\"('app.user_id', 'planted', false)",
    'nobody',
  ],
  ['a setting in a transaction', ['begin', "set app.user_id = 'planted'", 'commit'], 'nobody'],
  ['a session that may only read', 'set session characteristics as transaction read only', 'nobody'],
  ['a read-only transaction by default', 'set default_transaction_read_only = on', 'nobody'],
  ['another time zone', "set time zone 'Asia/Tokyo'", 'nobody'],
  ['another name of the application', "set application_name = 'planted'", 'nobody'],
  ['a lock time-out', "set lock_timeout = '1ms'", 'nobody'],
);
