import { channel } from 'node:diagnostics_channel';
import { LRUCache } from 'lru-cache';
import { StatementRefusedError } from '../../errors.js';
import { parseOptions } from '../../support/parse-options.js';
import type { NamedSchema, NamedTable } from '../named-objects.js';
import { SqlParser } from '../sql-parser.js';
import { factsOf, type StatementFacts } from '../statement-facts.js';
import { type Finding, type GuardRule, REMEDIES } from './finding.js';
import {
  type GuardMode,
  type GuardOptions,
  guardOptionsSchema,
  type ParsedGuardOptions,
} from './guard-options.js';
import type { GuardedScope } from './guarded-scope.js';

/** Published with a {@link GuardFinding} for each rule a tenant's statement breaks, in `enforce` and in `warn`. */
export const GUARD_CHANNEL = 'rowhouse:guard:finding';
const findingMade = channel(GUARD_CHANNEL);

export interface GuardFinding extends Finding {
  readonly tenantId: string;
  /** The SQL as it was sent, without the values of its parameters. */
  readonly text: string;
  /** `enforce`: the statement was refused. `warn`: it was sent. */
  readonly mode: GuardMode;
}

export interface StatementGuardStats {
  /** Texts parsed since the start. A text seen before is not parsed again. */
  readonly parses: number;
  /** Texts whose facts are kept. */
  readonly cachedTexts: number;
}

/** Characters. Longer texts are made by programs, of as many parts as there were rows, and seldom come twice. */
const MAX_CACHED_TEXT = 65_536;
/** Characters, over all texts. */
const MAX_CACHED_TOTAL = 8_000_000;
/** What the facts of a text take beside the text, in characters. */
const FACTS_SIZE = 500;

/** What every tenant may name; names in the catalog are no secret (docs/security.md). */
const OPEN_SCHEMAS = ['pg_catalog', 'information_schema', 'pg_temp'];

/** What is a tenant's own affair where it shares neither role nor tables. */
const ROW_TENANTS_ONLY: ReadonlySet<GuardRule> = new Set(['large-object', 'table-lock']);

const NOTHING: readonly Finding[] = [];

/**
 * Reads tenants' SQL with PostgreSQL's own grammar before it is sent, and stops what privileges cannot: changes to the
 * pin, SQL hidden in strings, files of the server, schema changes, and the names of other tenants' schemas.
 *
 * It is for statements in a tenant's context; what runs in the system context is not shown to it. It looks at texts,
 * not into functions and views that stand in the database.
 */
export class StatementGuard {
  readonly #options: ParsedGuardOptions;
  readonly #openSchemas: ReadonlySet<string>;
  readonly #exemptTables: ReadonlySet<string>;
  readonly #parser: SqlParser | undefined;
  readonly #facts = new LRUCache<string, StatementFacts>({
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
   * Checks the options and loads the parser, once per process start (some 30 ms); with mode `off`, no parser.
   *
   * @throws {OptionsInvalidError}
   */
  static async load(options: GuardOptions = {}): Promise<StatementGuard> {
    const parsed = parseOptions('StatementGuard', guardOptionsSchema, options);
    return new StatementGuard(parsed, parsed.mode === 'off' ? undefined : await SqlParser.load());
  }

  /**
   * Inspects a text of one or several statements and acts by the mode.
   *
   * @throws {StatementRefusedError} in mode `enforce`, when it breaks a rule; the message says which and what to do.
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

  /** What the statement breaks for this tenant; empty in mode `off`. */
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

  #read(text: string, parser: SqlParser): StatementFacts {
    this.#parses += 1;
    const parsed = parser.parse(text);
    const facts = factsOf(parsed);
    const mayBeReadOtherwise = 'error' in parsed && !parsed.isFinal;
    if (!mayBeReadOtherwise) this.#facts.set(text, facts);
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
