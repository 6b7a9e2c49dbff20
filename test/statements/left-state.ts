import type pg from 'pg';
import { CUSTOM_SETTINGS } from './queries.js';

/**
 * What the session of a connection has that a new one has not. Custom settings are not in pg_settings, so they are asked for
 * by name; once set they stay as an empty string. The settings of the transaction are the server's at each beginning.
 */
const LEFT_STATE = `
  select 'statement ' || name from pg_prepared_statements
  union all select 'cursor ' || name from pg_cursors where name <> ''
  union all select 'channel ' || c from pg_listening_channels() c
  union all select 'lock ' || coalesce(classid, 0) || ' ' || coalesce(objid, 0) from pg_locks
    where locktype = 'advisory' and pid = pg_backend_pid()
  union all select 'setting ' || name from pg_settings
    where source = 'session' and name <> all (array['transaction_isolation', 'transaction_read_only', 'transaction_deferrable'])
  union all select 'setting ' || name from unnest($1::text[]) name where current_setting(name, true) <> ''
  union all select 'setting role' where current_setting('role') <> 'none'
  union all select 'setting session_authorization' where session_user <> $2
  union all select 'relation ' || relname from pg_class where relnamespace = pg_my_temp_schema()
  union all select 'function ' || proname from pg_proc where pronamespace = pg_my_temp_schema()
  union all select 'type ' || typname from pg_type where typnamespace = pg_my_temp_schema()
  union all select 'collation ' || collname from pg_collation where collnamespace = pg_my_temp_schema()
  union all select 'configuration ' || cfgname from pg_ts_config where cfgnamespace = pg_my_temp_schema()
  union all select 'statistics ' || stxname from pg_statistic_ext where stxnamespace = pg_my_temp_schema()`;

/** The names of what is left on an idle connection. */
export async function leftState(client: pg.Client): Promise<readonly string[]> {
  const query = { text: LEFT_STATE, values: [CUSTOM_SETTINGS, client.user], rowMode: 'array' as const };
  const { rows } = await client.query<[string]>(query);
  return rows.map(([what]) => what);
}

/** Of a pin: what the next statement of its transaction would act for. */
export const PINNED = `select current_setting('search_path'), current_setting('role'), current_setting('rowhouse.tenant_id', true)`;
