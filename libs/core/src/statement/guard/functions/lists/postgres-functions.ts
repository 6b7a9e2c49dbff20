import { type NameList, names } from './names.js';

/**
 * PostgreSQL's functions that a tenant may call, by topic; versions 15 to 18. What is behind its operators and types has
 * lists of its own. Reviewed by one question: what does it reach beyond the tenant's statement? A function that runs text,
 * reaches files, other sessions or the server, or leaves something on the connection is on the other list
 * (`postgres-refused.ts`).
 */
export const POSTGRES_FUNCTIONS: readonly NameList[] = [
  // Aggregates and window functions (manual, 9.21 and 9.22).
  names(`
  any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp cume_dist
  dense_rank every first_value json_agg json_agg_strict json_object_agg json_object_agg_strict
  json_object_agg_unique json_object_agg_unique_strict jsonb_agg jsonb_agg_strict jsonb_object_agg
  jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict lag last_value lead max min mode
  nth_value ntile percent_rank percentile_cont percentile_disc range_agg range_intersect_agg rank regr_avgx
  regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy row_number stddev stddev_pop
  stddev_samp string_agg sum var_pop var_samp variance xmlagg`),

  // JSON (manual, 9.16).
  names(`
  array_to_json json_array_elements json_array_elements_text json_array_length json_build_array json_build_object
  json_each json_each_text json_object json_object_keys json_populate_record json_populate_recordset
  json_strip_nulls json_to_record json_to_recordset json_to_tsvector json_typeof jsonb_array_elements
  jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
  jsonb_insert jsonb_object jsonb_object_keys jsonb_path_exists jsonb_path_exists_tz jsonb_path_match
  jsonb_path_match_tz jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first
  jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record jsonb_populate_record_valid
  jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset
  jsonb_to_tsvector jsonb_typeof row_to_json to_json to_jsonb`),

  // XML (manual, 9.15): parts of documents, never a query.
  names(`
  xml xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlcomment xmlexists xmltext
  xmlvalidate xpath xpath_exists`),

  // Privileges, asked for (manual, 9.27.2).
  names(`
  acldefault aclexplode has_any_column_privilege has_column_privilege has_database_privilege
  has_foreign_data_wrapper_privilege has_function_privilege has_language_privilege has_largeobject_privilege
  has_parameter_privilege has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege
  has_tablespace_privilege has_type_privilege makeaclitem pg_get_acl pg_has_role row_security_active`),

  // Objects of the catalog, described (manual, 9.27.3 to 9.27.6): what ORMs read schemas with.
  names(`
  col_description format_type getdatabaseencoding obj_description oidvectortypes parse_ident
  pg_available_extension_versions pg_available_extensions pg_basetype pg_char_to_encoding pg_client_encoding
  pg_collation_actual_version pg_collation_for pg_collation_is_visible pg_column_compression pg_column_is_updatable
  pg_column_size pg_column_toast_chunk_id pg_conversion_is_visible pg_database_collation_actual_version
  pg_describe_object pg_encoding_max_length pg_encoding_to_char pg_event_trigger_ddl_commands
  pg_event_trigger_dropped_objects pg_event_trigger_table_rewrite_oid pg_event_trigger_table_rewrite_reason
  pg_extension_update_paths pg_filenode_relation pg_function_is_visible pg_get_catalog_foreign_keys
  pg_get_constraintdef pg_get_expr pg_get_function_arg_default pg_get_function_arguments
  pg_get_function_identity_arguments pg_get_function_result pg_get_function_sqlbody pg_get_functiondef
  pg_get_indexdef pg_get_keywords pg_get_object_address pg_get_partition_constraintdef pg_get_partkeydef
  pg_get_publication_tables pg_get_replica_identity_index pg_get_ruledef pg_get_sequence_data pg_get_serial_sequence
  pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef
  pg_get_userbyid pg_get_viewdef pg_identify_object pg_identify_object_as_address pg_index_column_has_property
  pg_index_has_property pg_indexam_has_property pg_indexam_progress_phasename pg_indexes_size pg_input_error_info
  pg_input_is_valid pg_is_other_temp_schema pg_lsn pg_mcv_list_items pg_my_temp_schema pg_opclass_is_visible
  pg_operator_is_visible pg_opfamily_is_visible pg_options_to_table pg_partition_ancestors pg_partition_root
  pg_partition_tree pg_relation_filenode pg_relation_filepath pg_relation_is_publishable pg_relation_is_updatable
  pg_sequence_last_value pg_sequence_parameters pg_settings_get_flags pg_statistics_obj_is_visible
  pg_table_is_visible pg_trigger_depth pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible
  pg_ts_template_is_visible pg_type_is_visible pg_typeof regclass satisfies_hash_partition shobj_description
  to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure to_regrole
  to_regtype to_regtypemod`),

  // Session and server, asked about (manual, 9.27.1, 9.27.7 to 9.27.12). Views of PostgreSQL show the same to everybody.
  names(`
  current_database current_query current_schema current_schemas current_setting current_user getpgusername
  icu_unicode_version inet_client_addr inet_client_port inet_server_addr inet_server_port mxid_age pg_backend_pid
  pg_blocking_pids pg_conf_load_time pg_config pg_control_checkpoint pg_control_init pg_control_recovery
  pg_control_system pg_current_snapshot pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
  pg_current_xact_id pg_current_xact_id_if_assigned pg_cursor pg_database_size pg_get_aios
  pg_get_backend_memory_contexts pg_get_loaded_modules pg_get_multixact_members pg_get_replication_slots
  pg_get_shmem_allocations pg_get_shmem_allocations_numa pg_get_wait_events pg_get_wal_replay_pause_state
  pg_get_wal_resource_managers pg_get_wal_summarizer_state pg_is_in_recovery pg_is_wal_replay_paused
  pg_jit_available pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn
  pg_last_xact_replay_timestamp pg_listening_channels pg_lock_status pg_notification_queue_usage pg_numa_available
  pg_postmaster_start_time pg_prepared_xact pg_relation_size pg_safe_snapshot_blocking_pids pg_show_all_settings
  pg_size_bytes pg_size_pretty pg_snapshot_xip pg_snapshot_xmax pg_snapshot_xmin pg_split_walfile_name
  pg_stat_clear_snapshot pg_stat_get_activity pg_stat_get_analyze_count pg_stat_get_archiver
  pg_stat_get_autoanalyze_count pg_stat_get_autovacuum_count pg_stat_get_backend_activity
  pg_stat_get_backend_activity_start pg_stat_get_backend_client_addr pg_stat_get_backend_client_port
  pg_stat_get_backend_dbid pg_stat_get_backend_idset pg_stat_get_backend_io pg_stat_get_backend_pid
  pg_stat_get_backend_start pg_stat_get_backend_subxact pg_stat_get_backend_userid pg_stat_get_backend_wait_event
  pg_stat_get_backend_wait_event_type pg_stat_get_backend_wal pg_stat_get_backend_xact_start
  pg_stat_get_bgwriter_buf_written_checkpoints pg_stat_get_bgwriter_buf_written_clean
  pg_stat_get_bgwriter_maxwritten_clean pg_stat_get_bgwriter_requested_checkpoints
  pg_stat_get_bgwriter_stat_reset_time pg_stat_get_bgwriter_timed_checkpoints pg_stat_get_blocks_fetched
  pg_stat_get_blocks_hit pg_stat_get_buf_alloc pg_stat_get_buf_fsync_backend pg_stat_get_buf_written_backend
  pg_stat_get_checkpoint_sync_time pg_stat_get_checkpoint_write_time pg_stat_get_checkpointer_buffers_written
  pg_stat_get_checkpointer_num_performed pg_stat_get_checkpointer_num_requested pg_stat_get_checkpointer_num_timed
  pg_stat_get_checkpointer_restartpoints_performed pg_stat_get_checkpointer_restartpoints_requested
  pg_stat_get_checkpointer_restartpoints_timed pg_stat_get_checkpointer_slru_written
  pg_stat_get_checkpointer_stat_reset_time pg_stat_get_checkpointer_sync_time pg_stat_get_checkpointer_write_time
  pg_stat_get_db_active_time pg_stat_get_db_blk_read_time pg_stat_get_db_blk_write_time
  pg_stat_get_db_blocks_fetched pg_stat_get_db_blocks_hit pg_stat_get_db_checksum_failures
  pg_stat_get_db_checksum_last_failure pg_stat_get_db_conflict_all pg_stat_get_db_conflict_bufferpin
  pg_stat_get_db_conflict_lock pg_stat_get_db_conflict_logicalslot pg_stat_get_db_conflict_snapshot
  pg_stat_get_db_conflict_startup_deadlock pg_stat_get_db_conflict_tablespace pg_stat_get_db_deadlocks
  pg_stat_get_db_idle_in_transaction_time pg_stat_get_db_numbackends pg_stat_get_db_parallel_workers_launched
  pg_stat_get_db_parallel_workers_to_launch pg_stat_get_db_session_time pg_stat_get_db_sessions
  pg_stat_get_db_sessions_abandoned pg_stat_get_db_sessions_fatal pg_stat_get_db_sessions_killed
  pg_stat_get_db_stat_reset_time pg_stat_get_db_temp_bytes pg_stat_get_db_temp_files pg_stat_get_db_tuples_deleted
  pg_stat_get_db_tuples_fetched pg_stat_get_db_tuples_inserted pg_stat_get_db_tuples_returned
  pg_stat_get_db_tuples_updated pg_stat_get_db_xact_commit pg_stat_get_db_xact_rollback pg_stat_get_dead_tuples
  pg_stat_get_function_calls pg_stat_get_function_self_time pg_stat_get_function_total_time
  pg_stat_get_ins_since_vacuum pg_stat_get_io pg_stat_get_last_analyze_time pg_stat_get_last_autoanalyze_time
  pg_stat_get_last_autovacuum_time pg_stat_get_last_vacuum_time pg_stat_get_lastscan pg_stat_get_live_tuples
  pg_stat_get_mod_since_analyze pg_stat_get_numscans pg_stat_get_progress_info pg_stat_get_recovery_prefetch
  pg_stat_get_replication_slot pg_stat_get_slru pg_stat_get_snapshot_timestamp pg_stat_get_subscription
  pg_stat_get_subscription_stats pg_stat_get_total_analyze_time pg_stat_get_total_autoanalyze_time
  pg_stat_get_total_autovacuum_time pg_stat_get_total_vacuum_time pg_stat_get_tuples_deleted
  pg_stat_get_tuples_fetched pg_stat_get_tuples_hot_updated pg_stat_get_tuples_inserted
  pg_stat_get_tuples_newpage_updated pg_stat_get_tuples_returned pg_stat_get_tuples_updated pg_stat_get_vacuum_count
  pg_stat_get_wal pg_stat_get_wal_receiver pg_stat_get_wal_senders pg_stat_get_xact_blocks_fetched
  pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time
  pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted
  pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted
  pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated
  pg_stat_have_stats pg_table_size pg_tablespace_databases pg_tablespace_location pg_tablespace_size
  pg_timezone_abbrevs pg_timezone_abbrevs_abbrevs pg_timezone_abbrevs_zone pg_timezone_names pg_total_relation_size
  pg_visible_in_snapshot pg_wal_lsn_diff pg_walfile_name pg_walfile_name_offset pg_xact_commit_timestamp
  pg_xact_commit_timestamp_origin pg_xact_status session_user system_user txid_current txid_current_if_assigned
  txid_current_snapshot txid_snapshot_xip txid_snapshot_xmax txid_snapshot_xmin txid_status txid_visible_in_snapshot
  unicode_version version`),

  // Text search (manual, 9.13).
  names(`
  array_to_tsvector get_current_ts_config numnode phraseto_tsquery plainto_tsquery querytree setweight strip
  to_tsquery to_tsvector ts_debug ts_delete ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd
  ts_token_type tsquery_phrase tsvector_to_array websearch_to_tsquery`),

  // Geometry (manual, 9.11).
  names(`
  area box center circle diagonal diameter height isclosed ishorizontal isopen isparallel isperp isvertical line
  lseg npoints path pclose point polygon popen radius slope width`),

  // Ranges (manual, 9.20).
  names(`
  datemultirange daterange daterange_canonical daterange_subdiff int4multirange int4range int4range_canonical
  int4range_subdiff int8multirange int8range int8range_canonical int8range_subdiff isempty lower_inc lower_inf
  multirange nummultirange numrange numrange_subdiff range_merge tsmultirange tsrange tsrange_subdiff tstzmultirange
  tstzrange tstzrange_subdiff upper_inc upper_inf`),

  // Networks (manual, 9.12).
  names(`
  abbrev broadcast family host hostmask macaddr8_set7bit masklen netmask network set_masklen`),

  // Dates and times (manual, 9.9), pg_sleep among them: waiting is ordinary.
  names(`
  age clock_timestamp date_add date_bin date_part date_subtract date_trunc extract isfinite justify_days
  justify_hours justify_interval make_date make_interval make_time make_timestamp make_timestamptz now overlaps
  pg_sleep pg_sleep_for pg_sleep_until statement_timestamp timeofday timestamp timestamptz timezone to_date
  to_timestamp transaction_timestamp`),

  // Arrays and sets (manual, 9.19 and 9.26).
  names(`
  array_dims array_fill array_length array_lower array_ndims array_position array_positions array_remove
  array_replace array_reverse array_sample array_shuffle array_sort array_to_string array_upper cardinality
  generate_series generate_subscripts string_to_array string_to_table trim_array unnest`),

  // Sequences, UUIDs and enums (manual, 9.17, 9.14 and 9.10).
  names(`
  currval enum_first enum_last enum_out enum_range enum_send gen_random_uuid lastval nextval setval
  uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7`),

  // Numbers (manual, 9.3).
  names(`
  abs acos acosd acosh asin asind asinh atan atan2 atan2d atand atanh cbrt ceil ceiling cos cosd cosh cot cotd
  degrees dexp div dlog1 dlog10 dround dtrunc erf erfc exp factorial floor gamma gcd int4inc int8_sum lcm lgamma ln
  log log10 min_scale mod num_nonnulls num_nulls numeric_div_trunc numeric_exp numeric_inc numeric_ln numeric_log
  numeric_sqrt pi pow power radians random random_normal round scale sign sin sind sinh sqrt tan tand tanh
  trim_scale trunc width_bucket`),

  // Casts, written as functions.
  names(`
  bit bool bpchar bytea char cidr date float4 float8 int2 int4 int8 interval macaddr macaddr8 money name numeric oid
  time timetz varbit varchar xid`),

  // Text and bytes (manual, 9.4 to 9.8).
  names(`
  ascii bit_count bit_length btrim casefold cash_words char_length character_length chr concat concat_ws convert
  convert_from convert_to crc32 crc32c decode encode format get_bit get_byte initcap is_normalized left length like
  like_escape lower lpad ltrim md5 nameconcatoid normalize notlike octet_length overlay position quote_ident
  quote_literal quote_nullable regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace
  regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right rpad rtrim set_bit set_byte
  sha224 sha256 sha384 sha512 similar_escape similar_to_escape split_part strpos substr substring text textlen
  to_ascii to_bin to_char to_hex to_number to_oct translate unicode_assigned unistr upper`),

  // Sampling methods and trigger functions. Only TABLESAMPLE and CREATE TRIGGER can name them.
  names(`
  bernoulli suppress_redundant_updates_trigger system tsvector_update_trigger tsvector_update_trigger_column`),
];

/** What the views of information_schema are made of; TypeORM and others call some of them. */
export const INFORMATION_SCHEMA_FUNCTIONS: NameList = names(`
  _pg_char_max_length _pg_char_octet_length _pg_datetime_precision _pg_expandarray _pg_index_position
  _pg_interval_type _pg_numeric_precision _pg_numeric_precision_radix _pg_numeric_scale _pg_truetypid
  _pg_truetypmod`);
