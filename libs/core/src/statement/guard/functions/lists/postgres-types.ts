import { type NameList, names } from './names.js';

/** How PostgreSQL's types are read and written, of versions 15 to 18. Those that read *any* type are refused. */
export const POSTGRES_TYPES: NameList = names(`
  aclitemin aclitemout any_in any_out anyarray_in anyarray_out anyarray_send anycompatible_in anycompatible_out
  anycompatiblearray_in anycompatiblearray_out anycompatiblearray_send anycompatiblemultirange_in
  anycompatiblemultirange_out anycompatiblenonarray_in anycompatiblenonarray_out anycompatiblerange_in
  anycompatiblerange_out anyelement_in anyelement_out anyenum_in anyenum_out anymultirange_in anymultirange_out
  anynonarray_in anynonarray_out anyrange_in anyrange_out array_out array_send bit_in bit_out bit_send bittypmodin
  bittypmodout boolin boolout boolsend box_in box_out box_send bpcharin bpcharout bpcharsend bpchartypmodin
  bpchartypmodout brin_bloom_summary_in brin_bloom_summary_out brin_bloom_summary_send brin_minmax_multi_summary_in
  brin_minmax_multi_summary_out brin_minmax_multi_summary_send byteain byteaout byteasend cash_in cash_out cash_send
  charin charout charsend cidin cidout cidr_in cidr_out cidr_send cidsend circle_in circle_out circle_send
  cstring_in cstring_out cstring_send date_in date_out date_send event_trigger_out fdw_handler_in fdw_handler_out
  float4in float4out float4send float8in float8out float8send gtsvectorin gtsvectorout index_am_handler_in
  index_am_handler_out inet_in inet_out inet_send int2in int2out int2send int2vectorin int2vectorout int2vectorsend
  int4in int4out int4send int8in int8out int8send interval_in interval_out interval_send intervaltypmodin
  intervaltypmodout json_in json_out json_send jsonb_in jsonb_out jsonb_send jsonpath_in jsonpath_out jsonpath_send
  language_handler_in language_handler_out line_in line_out line_send lseg_in lseg_out lseg_send macaddr8_in
  macaddr8_out macaddr8_send macaddr_in macaddr_out macaddr_send multirange_out multirange_send namein nameout
  namesend numeric_in numeric_out numeric_send numerictypmodin numerictypmodout oidin oidout oidsend oidvectorin
  oidvectorout oidvectorsend path_in path_out path_send pg_ddl_command_in pg_ddl_command_out pg_ddl_command_send
  pg_dependencies_in pg_dependencies_out pg_dependencies_send pg_lsn_in pg_lsn_out pg_lsn_send pg_mcv_list_in
  pg_mcv_list_out pg_mcv_list_send pg_ndistinct_in pg_ndistinct_out pg_ndistinct_send pg_node_tree_in
  pg_node_tree_out pg_node_tree_send pg_snapshot_in pg_snapshot_out pg_snapshot_send point_in point_out point_send
  poly_in poly_out poly_send range_out range_send record_out record_send regclassin regclassout regclasssend
  regcollationin regcollationout regcollationsend regconfigin regconfigout regconfigsend regdictionaryin
  regdictionaryout regdictionarysend regnamespacein regnamespaceout regnamespacesend regoperatorin regoperatorout
  regoperatorsend regoperin regoperout regopersend regprocedurein regprocedureout regproceduresend regprocin
  regprocout regprocsend regrolein regroleout regrolesend regtypein regtypeout regtypesend shell_in shell_out
  table_am_handler_in table_am_handler_out textin textout textsend tidin tidout tidsend time_in time_out time_send
  timestamp_in timestamp_out timestamp_send timestamptypmodin timestamptypmodout timestamptz_in timestamptz_out
  timestamptz_send timestamptztypmodin timestamptztypmodout timetypmodin timetypmodout timetz_in timetz_out
  timetz_send timetztypmodin timetztypmodout trigger_out tsm_handler_in tsm_handler_out tsqueryin tsqueryout
  tsquerysend tsvectorin tsvectorout tsvectorsend txid_snapshot_in txid_snapshot_out txid_snapshot_send unknownin
  unknownout unknownsend uuid_in uuid_out uuid_send varbit_in varbit_out varbit_send varbittypmodin varbittypmodout
  varcharin varcharout varcharsend varchartypmodin varchartypmodout void_in void_out void_send xid8in xid8out
  xid8send xidin xidout xidsend xml_in xml_out xml_send`);
