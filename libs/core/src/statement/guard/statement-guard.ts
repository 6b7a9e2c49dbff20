import { channel } from 'node:diagnostics_channel';
import { LRUCache } from 'lru-cache';
import { StatementRefusedError } from '../../errors.js';
import { parseOptions } from '../../support/parse-options.js';
import type { TenantIsolation } from '../../tenant.js';
import type { NamedSchema, NamedTable } from '../named-objects.js';
import { SqlParser } from '../sql-parser.js';
import { type Finding, type GuardRule, REMEDIES } from './finding.js';
import { type GuardFacts, guardFactsOf } from './guard-facts.js';
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
  /** The SQL as it was sent, without the values of its parameters. */
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
}

/** What a statement is checked against. */
export interface GuardedScope extends Pick<GuardedTenant, 'isolation' | 'schemas'> {
  /**
   * Row tenants: true for a table that holds tenants' rows without a policy. It is called for every table that a
   * statement names, so it must answer from memory; `schema` is `undefined` where the statement names none.
   */
  readonly isUnprotected?: (schema: string | undefined, table: string) => boolean;
}

export interface StatementGuardStats {
  /** Texts parsed since the start. A text in the cache is not parsed again. */
  readonly parses: number;
  /** Texts whose facts are kept. */
  readonly cachedTexts: number;
}

/** Characters. Longer texts are generated, with one part for each row, and are seldom sent twice. */
const MAX_CACHED_TEXT = 65_536;
/** Characters, over all texts. */
const MAX_CACHED_TOTAL = 8_000_000;
/** The size of the facts of a text, beside that of the text. Characters. */
const FACTS_SIZE = 500;

/** Schemas that every tenant may name. The names in PostgreSQL's catalog are no secret (docs/security.md). */
const OPEN_SCHEMAS = ['pg_catalog', 'information_schema', 'pg_temp'];

/** Rules for tenants that share a role and tables. What the others do here affects only themselves. */
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
  readonly #parser: SqlParser | undefined;
  readonly #facts = new LRUCache<string, GuardFacts>({
    maxSize: MAX_CACHED_TOTAL,
    maxEntrySize: MAX_CACHED_TEXT + FACTS_SIZE,
    sizeCalculation: (_facts, text) => text.length + FACTS_SIZE,
  });
  #parses = 0;

  private constructor(options: ParsedGuardOptions, parser: SqlParser | undefined) {
    this.#options = options;
    this.#openSchemas = new Set([...OPEN_SCHEMAS, ...options.exemptSchemas]);
    this.#exemptTables = new Set(options.exemptTables);
    this.#parser = parser;
  }

  /**
   * Checks the options and loads the parser, which takes some 30 ms; in mode `off` no parser is loaded.
   *
   * @throws {OptionsInvalidError}
   */
  static async load(options: GuardOptions = {}): Promise<StatementGuard> {
    const parsed = parseOptions('StatementGuard', guardOptionsSchema, options);
    return new StatementGuard(parsed, parsed.mode === 'off' ? undefined : await SqlParser.load());
  }

  /**
   * Inspects a text of one or several statements, and publishes and refuses according to the mode.
   *
   * @throws {StatementRefusedError} in mode `enforce`, when it breaks a rule; the message says which, and what to do.
   */
  check(text: string, scope: GuardedScope, tenantId: string): void {
    const findings = this.inspect(text, scope);
    if (findings.length === 0) return;
    const { mode } = this.#options;
    if (findingMade.hasSubscribers) {
      for (const { rule, detail } of findings) {
        findingMade.publish({ rule, detail, tenantId, text, mode } satisfies GuardFinding);
      }
    }
    if (mode === 'enforce') throw new StatementRefusedError(messageOf(findings));
  }

  /** The rules that the text breaks for this tenant; empty in mode `off`. */
  inspect(text: string, scope: GuardedScope): readonly Finding[] {
    if (!this.#parser) return NOTHING;
    const { offences, schemas, tables } = this.#facts.get(text) ?? this.#read(text, this.#parser);
    const findings: Finding[] = [];
    for (const offence of offences) {
      if (this.#applies(offence, scope)) findings.push(offence);
    }
    for (const named of schemas) {
      if (this.#isForeign(named, scope)) findings.push(foreignSchema(named));
    }
    if (scope.isolation === 'row') {
      for (const named of tables) {
        if (this.#isUnprotected(named, scope)) findings.push(unprotectedTable(named));
      }
    }
    return findings.length === 0 ? NOTHING : findings;
  }

  stats(): StatementGuardStats {
    return { parses: this.#parses, cachedTexts: this.#facts.size };
  }

  #read(text: string, parser: SqlParser): GuardFacts {
    this.#parses += 1;
    const parsed = parser.parse(text);
    const facts = guardFactsOf(parsed);
    const mayBeReadLater = 'error' in parsed && !parsed.isFinal;
    if (!mayBeReadLater) this.#facts.set(text, facts);
    return facts;
  }

  #applies({ rule }: Finding, { isolation }: GuardedScope): boolean {
    if (rule === 'ddl') return !this.#options.allowDdl;
    return isolation === 'row' || !ROW_TENANTS_ONLY.has(rule);
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

function foreignSchema({ schema, table }: NamedSchema): Finding {
  const what = table === undefined ? `the schema "${schema}"` : `"${schema}"."${table}"`;
  return { rule: 'foreign-schema', detail: `it names ${what}, which is not the tenant's` };
}

function unprotectedTable({ schema, table }: NamedTable): Finding {
  const name = schema === undefined ? `"${table}"` : `"${schema}"."${table}"`;
  return { rule: 'unprotected-table', detail: `${name} carries tenants' rows and has no policy` };
}

function messageOf(findings: readonly Finding[]): string {
  const refusals = findings.map(({ rule, detail }) => `[${rule}] ${detail}. ${REMEDIES[rule]}`);
  return `The statement guard refused a tenant's statement: ${[...new Set(refusals)].join(' ')}`;
}
