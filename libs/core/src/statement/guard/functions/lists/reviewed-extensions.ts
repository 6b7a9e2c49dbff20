import type { GuardRule } from '../../finding.js';
import { CONTRIB_FUNCTIONS } from './contrib-functions.js';
import { type NameList, names } from './names.js';
import { POSTGIS_FUNCTIONS } from './postgis-functions.js';
import { VECTOR_FUNCTIONS } from './vector-functions.js';

/** An extension that was reviewed: what tenants may call of it, and why they may not call the rest. */
export interface ReviewedExtension {
  readonly allowed: NameList;
  /** Left out where nothing was refused: the rest is then newer than the review. */
  readonly rest?: { readonly rule: GuardRule; readonly reason: string };
}

const NONE: NameList = new Set();

/** Of TimescaleDB, what computes; the rest makes tables and jobs, or runs what it is handed. */
const TIMESCALE = names('first histogram interpolate last locf time_bucket time_bucket_gapfill');

const RUNS_TEXT = { rule: 'runs-text', reason: 'runs SQL, or reads tables, that a string names' } as const;
const CONNECTS = { rule: 'runs-text', reason: 'acts on other servers, over connections of its own' } as const;
const MANAGES = {
  rule: 'runs-text',
  reason: 'makes and changes objects whose names are handed to it',
} as const;
const FILES = { rule: 'server-file', reason: 'reaches files of the server' } as const;
const PAGES = { rule: 'server-function', reason: 'reads pages and logs below rows and privileges' } as const;
const SERVER = { rule: 'server-function', reason: 'reaches what belongs to the whole server' } as const;
const STATE = { rule: 'session-state', reason: 'leaves a setting on the connection' } as const;
const INTERNAL = { rule: 'server-function', reason: 'is called by PostgreSQL, not by statements' } as const;

/** Why functions of these extensions are refused: all of an extension that is on no other list. */
const REFUSED: Readonly<Record<string, ReviewedExtension['rest']>> = {
  address_standardizer: RUNS_TEXT,
  adminpack: FILES,
  amcheck: PAGES,
  citus: RUNS_TEXT,
  citus_columnar: RUNS_TEXT,
  dblink: CONNECTS,
  file_fdw: FILES,
  isn: STATE,
  old_snapshot: SERVER,
  pageinspect: PAGES,
  pg_buffercache: SERVER,
  pg_cron: RUNS_TEXT,
  pg_freespacemap: PAGES,
  pg_logicalinspect: PAGES,
  pg_partman: MANAGES,
  pg_prewarm: SERVER,
  pg_stat_statements: SERVER,
  pg_surgery: PAGES,
  pg_trgm: STATE,
  pg_visibility: PAGES,
  pg_walinspect: PAGES,
  pgaudit: INTERNAL,
  pgrowlocks: PAGES,
  pgstattuple: PAGES,
  plperl: INTERNAL,
  plperlu: INTERNAL,
  plpgsql: INTERNAL,
  plpython3u: INTERNAL,
  pltcl: INTERNAL,
  pltclu: INTERNAL,
  postgis: MANAGES,
  postgis_raster: RUNS_TEXT,
  postgis_tiger_geocoder: RUNS_TEXT,
  postgis_topology: MANAGES,
  postgres_fdw: CONNECTS,
  refint: RUNS_TEXT,
  tablefunc: RUNS_TEXT,
  tcn: { rule: 'own-channel', reason: 'notifies on a channel that is handed to it' },
  timescaledb: MANAGES,
  xml2: RUNS_TEXT,
};

const ALLOWED: Readonly<Record<string, NameList>> = {
  ...CONTRIB_FUNCTIONS,
  ...POSTGIS_FUNCTIONS,
  ...VECTOR_FUNCTIONS,
  timescaledb: TIMESCALE,
};

/** By the extension's name, as `pg_extension` has it. */
export const REVIEWED_EXTENSIONS: ReadonlyMap<string, ReviewedExtension> = new Map(
  [...new Set([...Object.keys(ALLOWED), ...Object.keys(REFUSED)])].map((extension) => [
    extension,
    { allowed: ALLOWED[extension] ?? NONE, rest: REFUSED[extension] },
  ]),
);

/**
 * Functions that run text, by their extension, refused in any schema and whether or not the database says whose they are:
 * what was installed without `create extension` has members that nothing tells from the app's functions.
 */
const RUNNERS: Readonly<Record<string, NameList>> = {
  citus: names(`
    alter_role_if_exists broadcast_intermediate_result citus_run_local_command create_intermediate_result
    master_run_on_worker run_command_on_all_nodes run_command_on_colocated_placements run_command_on_coordinator
    run_command_on_placements run_command_on_shards run_command_on_workers worker_apply_inter_shard_ddl_command
    worker_apply_sequence_command worker_apply_shard_ddl_command worker_partition_query_result`),
  dblink: names(`
    dblink dblink_build_sql_delete dblink_build_sql_insert dblink_build_sql_update dblink_connect dblink_connect_u
    dblink_exec dblink_fetch dblink_get_result dblink_open dblink_send_query`),
  tablefunc: names('connectby crosstab crosstab2 crosstab3 crosstab4'),
  xml2: names('xpath_table'),
};

/** The extension of a function that runs text. */
export const TEXT_RUNNERS: ReadonlyMap<string, string> = new Map(
  Object.entries(RUNNERS).flatMap(([extension, list]) => [...list].map((name) => [name, extension] as const)),
);
