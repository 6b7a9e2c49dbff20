import type { GuardRule } from '../../finding.js';
import { type NameList, names } from './names.js';

/** Functions of PostgreSQL that a tenant may not call, by the rule that refuses them. Names of versions 15 to 18. */
export interface RefusedFunctions {
  readonly rule: GuardRule;
  readonly names: NameList;
}

export const POSTGRES_REFUSED: readonly RefusedFunctions[] = [
  // SQL, or the name of a table, as a string: the XML exports (manual, 9.15.4), text search statistics (9.13).
  {
    rule: 'runs-text',
    names: names(`
  cursor_to_xml cursor_to_xmlschema database_to_xml database_to_xml_and_xmlschema database_to_xmlschema query_to_xml
  query_to_xml_and_xmlschema query_to_xmlschema schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema
  table_to_xml table_to_xml_and_xmlschema table_to_xmlschema ts_stat`),
  },
  // Files of the server (manual, 9.28.9; server-side large object transfer, 33.4; what adminpack adds to pg_catalog).
  {
    rule: 'server-file',
    names: names(`
  lo_export lo_import pg_current_logfile pg_file_rename pg_file_sync pg_file_unlink pg_file_write pg_hba_file_rules
  pg_ident_file_mappings pg_logdir_ls pg_ls_archive_statusdir pg_ls_dir pg_ls_logdir pg_ls_logicalmapdir
  pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir pg_ls_tmpdir pg_ls_waldir pg_read_binary_file
  pg_read_file pg_read_file_old pg_show_all_file_settings pg_stat_file`),
  },
  // Large objects: all row tenants act in one role, which owns the objects of each (manual, 33.3 and 33.4).
  {
    rule: 'large-object',
    names: names(`
  lo_close lo_creat lo_create lo_from_bytea lo_get lo_lseek lo_lseek64 lo_open lo_put lo_tell lo_tell64 lo_truncate
  lo_truncate64 lo_unlink loread lowrite`),
  },
  // Shows the prepared statements of the connection, which other tenants use too.
  {
    rule: 'prepared-statements',
    names: names(`
  pg_prepared_statement`),
  },
  // Advisory locks (manual, 9.28.10): one space of keys and one lock table for all tenants.
  {
    rule: 'advisory-lock',
    names: names(`
  pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
  pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
  pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared`),
  },
  // State that stays on the connection after the statement, and meets the next tenant.
  {
    rule: 'session-state',
    names: names(`
  pg_replication_origin_session_reset pg_replication_origin_session_setup pg_replication_origin_xact_reset
  pg_replication_origin_xact_setup pg_stat_force_next_flush setseed`),
  },
  // Other sessions (manual, 9.28.2), and snapshots for them (9.28.5).
  {
    rule: 'server-function',
    names: names(`
  pg_cancel_backend pg_export_snapshot pg_isolation_test_session_is_blocked pg_log_backend_memory_contexts
  pg_terminate_backend`),
  },
  // The server as a whole (manual, 9.28.2 and 9.28.7).
  {
    rule: 'server-function',
    names: names(`
  pg_import_system_collations pg_promote pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old`),
  },
  // Backup, recovery and the write-ahead log (manual, 9.28.3 and 9.28.4; WAL summaries, 9.27.12).
  {
    rule: 'server-function',
    names: names(`
  pg_available_wal_summaries pg_backup_start pg_backup_stop pg_create_restore_point pg_log_standby_snapshot
  pg_switch_wal pg_wal_replay_pause pg_wal_replay_resume pg_wal_summary_contents`),
  },
  // Replication; a logical message goes to whoever decodes the log (manual, 9.28.6).
  {
    rule: 'server-function',
    names: names(`
  pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_create_logical_replication_slot
  pg_create_physical_replication_slot pg_drop_replication_slot pg_logical_emit_message
  pg_logical_slot_get_binary_changes pg_logical_slot_get_changes pg_logical_slot_peek_binary_changes
  pg_logical_slot_peek_changes pg_replication_origin_advance pg_replication_origin_create pg_replication_origin_drop
  pg_replication_origin_oid pg_replication_origin_progress pg_replication_origin_session_is_setup
  pg_replication_origin_session_progress pg_replication_slot_advance pg_show_replication_origin_status
  pg_sync_replication_slots`),
  },
  // Statistics that everybody’s plans and monitoring rest on.
  {
    rule: 'server-function',
    names: names(`
  pg_clear_attribute_stats pg_clear_relation_stats pg_restore_attribute_stats pg_restore_relation_stats
  pg_stat_reset pg_stat_reset_backend_stats pg_stat_reset_replication_slot pg_stat_reset_shared
  pg_stat_reset_single_function_counters pg_stat_reset_single_table_counters pg_stat_reset_slru
  pg_stat_reset_subscription_stats`),
  },
  // Maintenance of indexes (manual, 9.28.8).
  {
    rule: 'server-function',
    names: names(`
  brin_desummarize_range brin_summarize_new_values brin_summarize_range gin_clean_pending_list`),
  },
  // Upgrades of the server, and scripts of extensions.
  {
    rule: 'server-function',
    names: names(`
  binary_upgrade_add_sub_rel_state binary_upgrade_create_empty_extension binary_upgrade_logical_slot_has_caught_up
  binary_upgrade_replorigin_advance binary_upgrade_set_missing_value binary_upgrade_set_next_array_pg_type_oid
  binary_upgrade_set_next_attribute_versions
  binary_upgrade_set_next_heap_pg_class_oid binary_upgrade_set_next_heap_relfilenode
  binary_upgrade_set_next_index_pg_class_oid binary_upgrade_set_next_index_relfilenode
  binary_upgrade_set_next_multirange_array_pg_type_oid binary_upgrade_set_next_multirange_pg_type_oid
  binary_upgrade_set_next_pg_authid_oid binary_upgrade_set_next_pg_enum_oid
  binary_upgrade_set_next_pg_tablespace_oid binary_upgrade_set_next_pg_type_oid
  binary_upgrade_set_next_toast_pg_class_oid binary_upgrade_set_next_toast_relfilenode
  binary_upgrade_set_record_init_privs pg_extension_config_dump pg_nextoid pg_stop_making_pinned_objects`),
  },
  // Internals that reach by oid or name what the text does not name: input of any type, validators, a driver’s helper.
  {
    rule: 'server-function',
    names: names(`
  amvalidate array_in currtid2 domain_in enum_in fmgr_c_validator fmgr_internal_validator fmgr_sql_validator
  multirange_in plpgsql_call_handler plpgsql_validator postgresql_fdw_validator range_in record_in`),
  },
];
