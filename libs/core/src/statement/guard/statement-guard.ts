import { channel } from 'node:diagnostics_channel';
import { StatementRefusedError } from '../../errors.js';
import { parseOptions } from '../../support/parse-options.js';
import type { TenantIsolation } from '../../tenant.js';
import { JOB_TEXTS } from '../job-statements.js';
import type { NamedSchema, NamedTable } from '../named-objects.js';
import type { StatementFacts } from '../statement-facts.js';
import { TENANT_LOCK_TEXTS } from '../tenant-lock.js';
import { type Finding, type GuardRule, REMEDIES } from './finding.js';
import {
  type GuardMode,
  type GuardOptions,
  guardOptionsSchema,
  type ParsedGuardOptions,
} from './guard-options.js';

/** Publishes a {@link GuardFinding} for each rule that a tenant's statement breaks, in modes `enforce` and `warn`. */
export const GUARD_CHANNEL = 'rowhouse:guard:finding';
const findingMade = channel(GUARD_CHANNEL);

export interface GuardFinding extends Finding {
  readonly tenantId: string;
  /** The SQL as it was sent, without the values of its parameters; its beginning, where it is very long. */
  readonly text: string;
  /** `enforce`: the statement was refused. `warn`: it was sent. */
  readonly mode: GuardMode;
}

/** The tenant that a statement is for, as far as a guard has to know it. */
export interface GuardedTenant {
  readonly id: string;
  readonly isolation: TenantIsolation;
  /** The schemas that its statements may name: its own and the shared ones, as PostgreSQL stores their names. */
  readonly schemas: readonly string[];
  /** Whether it is sent under an operator's entry that only reads. */
  readonly readOnly: boolean;
}

/** What a statement is checked against. */
export interface GuardedScope extends Pick<GuardedTenant, 'isolation' | 'schemas'> {
  /** Default false. */
  readonly readOnly?: boolean;
  /**
   * Row tenants: true for a table that holds tenants' rows without a policy. It is called for every table that a
   * statement names, so it must answer from memory; `schema` is `undefined` where the statement names none.
   */
  readonly isUnprotected?: (schema: string | undefined, table: string) => boolean;
  /** The rules that calls of functions break; `undefined` when it is not known what they call. */
  readonly findingsOfCalls: (calls: StatementFacts['calls']) => readonly Finding[] | undefined;
}

/** Findings of one text that are reported; a generated text may have thousands. */
const MAX_FINDINGS = 10;
/** Characters of a detail, which may quote the text. */
const MAX_DETAIL = 300;
/** Characters of the text that is published with a finding. */
const MAX_REPORTED_TEXT = 2_000;

/** Schemas that every tenant may name. The names in PostgreSQL's catalog are no secret (docs/security.md). */
const OPEN_SCHEMAS = ['pg_catalog', 'information_schema', 'pg_temp'];

/**
 * Rules for tenants that share a role and tables, and for entries that only read: before version 16, PostgreSQL lets those write
 * large objects. What other tenants do here affects only themselves.
 */
const ROW_TENANTS_ONLY: ReadonlySet<GuardRule> = new Set(['large-object', 'table-lock']);

const NOTHING: readonly Finding[] = [];

/**
 * Reads tenants' SQL with PostgreSQL's own grammar before it is sent, and stops what privileges cannot: changes to the
 * pin, SQL hidden in strings, files of the server, schema changes, and the names of other tenants' schemas.
 *
 * It checks statements in a tenant's context, not those in the system context. It reads texts, not the functions and
 * views in the database that they use.
 */
export class StatementGuard {
  readonly #options: ParsedGuardOptions;
  readonly #openSchemas: ReadonlySet<string>;
  readonly #exemptTables: ReadonlySet<string>;

  /** @throws {OptionsInvalidError} */
  constructor(options: GuardOptions = {}) {
    this.#options = parseOptions('StatementGuard', guardOptionsSchema, options);
    this.#openSchemas = new Set([...OPEN_SCHEMAS, ...this.#options.exemptSchemas]);
    this.#exemptTables = new Set(this.#options.exemptTables);
  }

  /**
   * Inspects statements, and publishes and refuses according to the mode.
   *
   * @throws {StatementRefusedError} in mode `enforce`, when one breaks a rule; the message says which, and what to do.
   */
  check(text: string, statements: readonly StatementFacts[], scope: GuardedScope, tenantId: string): void {
    if (JOB_TEXTS.has(text)) return;
    if (this.#options.allowAdvisoryLocks && TENANT_LOCK_TEXTS.has(text)) return;
    const findings = this.inspect(statements, scope);
    if (findings.length === 0) return;
    const { mode } = this.#options;
    if (findingMade.hasSubscribers) {
      const reported = shortened(text, MAX_REPORTED_TEXT);
      for (const { rule, detail } of findings) {
        findingMade.publish({ rule, detail, tenantId, text: reported, mode } satisfies GuardFinding);
      }
    }
    if (mode === 'enforce') throw new StatementRefusedError(messageOf(findings));
  }

  /** The rules that statements break for this tenant, ten at most. */
  inspect(statements: readonly StatementFacts[], scope: GuardedScope): readonly Finding[] {
    const findings: Finding[] = [];
    for (const statement of statements) {
      for (const finding of this.#findingsOf(statement, scope)) {
        findings.push({ ...finding, detail: shortened(finding.detail, MAX_DETAIL) });
        if (findings.length === MAX_FINDINGS) return findings;
      }
    }
    return findings.length === 0 ? NOTHING : findings;
  }

  *#findingsOf(
    { kind, offences, calls, schemas, tables }: StatementFacts,
    scope: GuardedScope,
  ): Generator<Finding> {
    const notifies = kind === 'NotifyStmt' || calls.some(({ name }) => name === 'pg_notify');
    if (scope.readOnly && notifies) yield NOTIFIES;
    for (const offence of offences) {
      if (this.#applies(offence, scope)) yield offence;
    }
    for (const offence of scope.findingsOfCalls(calls) ?? [UNKNOWN_CALLS]) {
      if (this.#applies(offence, scope)) yield offence;
    }
    for (const named of schemas) {
      if (this.#isForeign(named, scope)) yield foreignSchema(named);
    }
    if (scope.isolation !== 'row') return;
    for (const named of tables) {
      if (this.#isUnprotected(named, scope)) yield unprotectedTable(named);
    }
  }

  #applies({ rule }: Finding, { isolation, readOnly }: GuardedScope): boolean {
    if (rule === 'ddl') return !this.#options.allowDdl;
    return isolation === 'row' || readOnly === true || !ROW_TENANTS_ONLY.has(rule);
  }

  #isForeign({ schema, table }: NamedSchema, scope: GuardedScope): boolean {
    if (scope.schemas.includes(schema) || this.#openSchemas.has(schema)) return false;
    return table === undefined || !this.#exemptTables.has(`${schema}.${table}`);
  }

  #isUnprotected({ schema, table }: NamedTable, scope: GuardedScope): boolean {
    if (!scope.isUnprotected?.(schema, table)) return false;
    if (this.#exemptTables.has(table)) return false;
    const schemas = schema === undefined ? scope.schemas : [schema];
    return !schemas.some((name) => this.#exemptTables.has(`${name}.${table}`));
  }
}

/** PostgreSQL lets transactions that only read notify. */
const NOTIFIES: Finding = { rule: 'read-only', detail: 'it notifies, and the entry only reads' };

const UNKNOWN_CALLS: Finding = {
  rule: 'unreviewed-function',
  detail: 'the database has not said what the functions that it calls belong to',
};

function foreignSchema({ schema, table }: NamedSchema): Finding {
  const what = table === undefined ? `the schema "${schema}"` : `"${schema}"."${table}"`;
  return { rule: 'foreign-schema', detail: `it names ${what}, which is not the tenant's` };
}

function unprotectedTable({ schema, table }: NamedTable): Finding {
  const name = schema === undefined ? `"${table}"` : `"${schema}"."${table}"`;
  return { rule: 'unprotected-table', detail: `${name} carries tenants' rows and has no policy` };
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function messageOf(findings: readonly Finding[]): string {
  const refusals = findings.map(({ rule, detail }) => `[${rule}] ${detail}. ${REMEDIES[rule]}`);
  return `The statement guard refused a tenant's statement: ${[...new Set(refusals)].join(' ')}`;
}
