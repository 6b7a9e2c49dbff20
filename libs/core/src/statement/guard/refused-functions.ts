import { asNode, namesIn, type SyntaxNode } from '../syntax-tree.js';
import type { Finding } from './finding.js';
import { isPinnedSetting } from './pinned-settings.js';

/**
 * Functions that take SQL, or the name of a table, as a string: the XML exports (manual, 9.15.4), text search
 * statistics (9.13), and the contrib modules dblink, tablefunc and xml2. They are refused in any schema.
 */
const RUNS_TEXT =
  /^(?:(?:query|cursor|table|schema|database)_to_xml\w*|ts_stat|dblink\w*|crosstab\w*|connectby|xpath_table)$/;

/** Generic file access (manual, 9.28.9; its older form, adminpack) and server-side large object transfer (33.4). */
const SERVER_FILE =
  /^(?:pg_read_file\w*|pg_read_binary_file|pg_ls_\w*|pg_stat_file|pg_file_\w+|lo_import|lo_export)$/;

/** Large objects by the functions that make, reach or remove them (manual, 33.3 and 33.4). */
const LARGE_OBJECT = /^(?:lo_(?:creat|create|from_bytea|get|open|put|unlink)|loread|lowrite)$/;

export const LISTS_PREPARED: Finding = {
  rule: 'prepared-statements',
  detail: 'it lists the prepared statements of the connection, which other tenants use too',
};

/** The rule that a function call breaks, if any. The parser has folded and unescaped the name. */
export function findingOfCall(call: SyntaxNode): Finding | undefined {
  const name = namesIn(call['funcname'])?.at(-1);
  if (name === undefined) return undefined;
  const args = Array.isArray(call['args']) ? call['args'] : [];
  if (name === 'set_config') return findingOfSetConfig(args[0]);
  if (RUNS_TEXT.test(name) || (name === 'ts_rewrite' && args.length < 3)) {
    return { rule: 'runs-text', detail: `${name}() runs SQL that is handed to it as a string` };
  }
  if (SERVER_FILE.test(name)) return { rule: 'server-file', detail: `${name}() reaches files of the server` };
  if (LARGE_OBJECT.test(name)) {
    return { rule: 'large-object', detail: `${name}() reaches the large objects of all tenants of its role` };
  }
  return name === 'pg_prepared_statement' ? LISTS_PREPARED : undefined;
}

/** Only of a plain string constant is the value known: a cast may truncate, and a parameter is sent later. */
function findingOfSetConfig(argument: unknown): Finding | undefined {
  const setting = asNode(asNode(asNode(argument)['A_Const'])['sval'])['sval'];
  if (typeof setting !== 'string') {
    return {
      rule: 'pinned-setting',
      detail: 'set_config() of a setting that is not named by a string constant',
    };
  }
  if (!isPinnedSetting(setting)) return undefined;
  return { rule: 'pinned-setting', detail: `set_config() of the setting "${setting}"` };
}
