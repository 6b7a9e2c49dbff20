import { attacks, each } from '../attack.js';

const ALL = ['schema', 'row', 'database'] as const;

/** Attacks on the server: files, programs, other processes, other servers, and what all sessions share. */
export const server = attacks(
  ['COPY from a file', "create temp table f (line text); copy f from '/etc/passwd'", 'guard'],
  ['COPY to a file', "copy products to '/tmp/rowhouse-loot'", 'guard'],
  ['COPY from a program', "create temp table f (line text); copy f from program 'id'", 'guard'],
  ['COPY to a program', "copy products to program 'cat'", 'guard'],
  ['pg_read_file()', "select pg_read_file('PG_VERSION')", 'guard'],
  ['pg_read_binary_file()', "select pg_read_binary_file('PG_VERSION')", 'guard'],
  ['pg_ls_dir()', "select pg_ls_dir('.')", 'guard'],
  ['pg_stat_file()', "select pg_stat_file('PG_VERSION')", 'guard'],
  ['pg_current_logfile()', 'select pg_current_logfile()', 'guard'],
  ['lo_import()', "select lo_import('/etc/passwd')", 'guard'],
  ['lo_export()', ({ victim }) => `select lo_export(${victim.largeObject}, '/tmp/rowhouse-loot')`, 'guard'],
  [
    'a large object of the victim, read',
    ({ victim }) => `select convert_from(lo_get(${victim.largeObject}), 'utf8')`,
    each('postgres', 'guard', 'postgres'),
    { guardOnly: ['row'] },
  ],
  [
    'a large object of the victim, read by its descriptor',
    ({ victim }) => [
      'begin',
      `select convert_from(loread(lo_open(${victim.largeObject}, 262144), 99), 'utf8')`,
      'commit',
    ],
    each('postgres', 'guard', 'postgres'),
    { guardOnly: ['row'] },
  ],
  [
    'a large object of the victim, written',
    ({ victim }) => `select lo_put(${victim.largeObject}, 0, 'x')`,
    each('postgres', 'guard', 'postgres'),
    { guardOnly: ['row'] },
  ],
  [
    'a large object of the victim, removed',
    ({ victim }) => `select lo_unlink(${victim.largeObject})`,
    each('postgres', 'guard', 'postgres'),
    { guardOnly: ['row'] },
  ],
  [
    'a GRANT on a large object of the victim',
    ({ victim, attacker }) => `grant all on large object ${victim.largeObject} to ${attacker.role}`,
    'guard',
  ],
  ['pg_cancel_backend() of the victim', ({ victimPid }) => `select pg_cancel_backend(${victimPid})`, 'guard'],
  [
    'pg_terminate_backend() of the victim',
    ({ victimPid }) => `select pg_terminate_backend(${victimPid})`,
    'guard',
  ],
  [
    'pg_terminate_backend() of all',
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()',
    'guard',
  ],
  [
    'pg_terminate_backend() as the login',
    ({ victimPid }) => `reset role; select pg_terminate_backend(${victimPid})`,
    'guard',
    { guardOnly: ALL },
  ],
  [
    'pg_log_backend_memory_contexts()',
    ({ victimPid }) => `select pg_log_backend_memory_contexts(${victimPid})`,
    'guard',
  ],
  ['pg_reload_conf()', 'select pg_reload_conf()', 'guard'],
  ['pg_switch_wal()', 'select pg_switch_wal()', 'guard'],
  ['pg_stat_reset()', 'select pg_stat_reset()', 'guard'],
  ['a replication slot', "select pg_create_logical_replication_slot('spy', 'test_decoding')", 'guard'],
  [
    'dblink() back to the server',
    ({ victim }) => `select * from dblink('dbname=${victim.database}', 'select 1') as t (a int)`,
    'guard',
  ],
  [
    'dblink_connect() back to the server',
    ({ victim, login }) =>
      `select dblink_connect('spy', 'host=127.0.0.1 user=${login} dbname=${victim.database} password=guess')`,
    'guard',
  ],
  ['postgres_fdw_get_connections()', 'select postgres_fdw_get_connections()', 'guard'],
  ['a foreign table of nobody', 'select * from elsewhere', 'postgres'],
  ['LOAD', "load 'auto_explain'", 'guard'],
  ['LISTEN', ['listen orders', 'select pg_listening_channels()'], 'nobody'],
  ['NOTIFY', "notify orders, 'from the attacker'", 'nobody'],
  ['an advisory lock', 'select pg_advisory_lock(4711)', 'guard'],
  ['an advisory lock, tried under a quoted name', 'select "pg_try_advisory_lock"(4711)', 'guard'],
  [
    'unlocking what the victim has locked',
    'select pg_advisory_unlock(4712), pg_advisory_unlock_all()',
    'guard',
  ],
  [
    'waiting for a lock of the victim',
    ["set lock_timeout = '20ms'", 'select pg_advisory_xact_lock(4712)'],
    'guard',
  ],
  [
    'LOCK TABLE',
    ({ at }) => ['begin', `lock table ${at('products')} in access exclusive mode`, 'commit'],
    'guard',
  ],
  [
    'a server process of the victim, as the victim of a deadlock',
    ({ victimPid }) => `select pg_blocking_pids(${victimPid}), pg_safe_snapshot_blocking_pids(${victimPid})`,
    'nobody',
  ],
  ['an exported snapshot', ['begin', 'select pg_export_snapshot()', 'commit'], 'guard'],
  [
    'a foreign snapshot',
    ['begin isolation level repeatable read', "set transaction snapshot '00000003-0000001B-1'", 'rollback'],
    'postgres',
  ],
);
