import type { Finding, GuardRule } from '../finding.js';
import type { NameList } from './lists/names.js';
import { INFORMATION_SCHEMA_FUNCTIONS, POSTGRES_FUNCTIONS } from './lists/postgres-functions.js';
import { POSTGRES_OPERATORS } from './lists/postgres-operators.js';
import { POSTGRES_REFUSED } from './lists/postgres-refused.js';
import { POSTGRES_TYPES } from './lists/postgres-types.js';
import { REVIEWED_EXTENSIONS } from './lists/reviewed-extensions.js';

/** PostgreSQL's functions whose arguments decide: `call-rules.ts`. */
export const RULED_FUNCTIONS: NameList = new Set(['set_config', 'pg_notify', 'ts_rewrite']);

const POSTGRES_ALLOWED: NameList = new Set(
  [...POSTGRES_FUNCTIONS, ...POSTGRES_OPERATORS, POSTGRES_TYPES, RULED_FUNCTIONS].flatMap((list) => [
    ...list,
  ]),
);

const POSTGRES_RULES: ReadonlyMap<string, GuardRule> = new Map(
  POSTGRES_REFUSED.flatMap(({ rule, names }) => [...names].map((name) => [name, rule] as const)),
);

/** The functions of `pg_catalog` that were reviewed, whatever came of it. Others are refused. */
export const POSTGRES_REVIEWED: readonly string[] = [...POSTGRES_ALLOWED, ...POSTGRES_RULES.keys()];

export { INFORMATION_SCHEMA_FUNCTIONS };

/** What was decided of PostgreSQL's own function; `undefined` for a name that PostgreSQL 15 to 18 do not have. */
export function reviewOfPostgres(name: string): 'allowed' | Finding | undefined {
  if (POSTGRES_ALLOWED.has(name)) return 'allowed';
  const rule = POSTGRES_RULES.get(name);
  return rule && { rule, detail: `${name}() ${REASONS[rule] ?? 'reaches beyond the statement'}` };
}

/** What was decided of a function that belongs to an extension: a finding where a tenant may not call it. */
export function findingOfMember(extension: string, name: string): Finding | undefined {
  const review = REVIEWED_EXTENSIONS.get(extension);
  if (review?.allowed.has(name)) return undefined;
  if (review?.rest) {
    const { rule, reason } = review.rest;
    return { rule, detail: `${name}() of the extension ${extension} ${reason}` };
  }
  const what = review
    ? `is newer than what was reviewed of the extension ${extension}`
    : unreviewed(extension);
  return { rule: 'unreviewed-function', detail: `${name}() ${what}` };
}

const unreviewed = (extension: string) => `belongs to the extension ${extension}, which was not reviewed`;

const REASONS: Partial<Readonly<Record<GuardRule, string>>> = {
  'runs-text': 'runs SQL that is handed to it as a string',
  'server-file': 'reaches files of the server',
  'large-object': 'reaches the large objects of all tenants of its role',
  'prepared-statements': 'lists the prepared statements of the connection, which other tenants use too',
  'advisory-lock': 'takes its keys, and room in the lock table, from all tenants',
  'session-state': 'leaves something on the connection, which other tenants use too',
  'server-function': 'reaches other sessions, the server or what belongs to both',
};
