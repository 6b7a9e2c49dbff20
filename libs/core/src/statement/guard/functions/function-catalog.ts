import type { Finding } from '../finding.js';
import { judgeByLists } from './call-rules.js';
import { Exemptions, type FunctionExemptions } from './exemptions.js';
import type { FunctionCall } from './function-call.js';
import { findingOfForeign, type Query, readForeignFunctions } from './function-members.js';

/** How old the answer of the database may be, for a name that no list has. */
const REFRESH_MS = 60_000;

/** A function that a tenant may not call, as far as the database tells. */
interface RefusedFunction {
  readonly schema: string;
  readonly finding: Finding;
}

type RefusedFunctions = ReadonlyMap<string, readonly RefusedFunction[]>;

/** The calls of one text, judged as far as they can be without knowing whose it is. */
interface JudgedCalls {
  /** What the database had answered. */
  readonly by: RefusedFunctions;
  readonly findings: readonly Finding[];
  /** Findings for those whose search path leads through a schema. */
  readonly ifReached: readonly RefusedFunction[];
  /** Some name is on no list: only a fresh answer tells that it is the app's. */
  readonly needsFreshAnswer: boolean;
}

const NOTHING: readonly Finding[] = [];

/**
 * Which functions a tenant's statement may call, in one database: PostgreSQL's and those of extensions by reviewed lists,
 * the app's own by their schema.
 *
 * The database says what belongs to what. It is asked for everything that is *not* the app's own at once, not for names
 * one by one: so it is asked once a minute at most, whatever names a tenant makes up, and what is kept grows with what
 * is installed, not with what is sent.
 */
export class FunctionCatalog {
  readonly #exemptions: Exemptions;
  /** One answer for each text, as long as its calls are the same list. */
  readonly #judged = new WeakMap<readonly FunctionCall[], JudgedCalls>();
  #refused: RefusedFunctions | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(exemptions: FunctionExemptions) {
    this.#exemptions = new Exemptions(exemptions);
  }

  /**
   * The rules that the calls of a text break, or `undefined` when the database has to be asked first (`learn`).
   *
   * Where a name is overloaded, it counts as the worst function that it can reach: which one PostgreSQL takes depends on
   * types, which a text does not show.
   *
   * @param calls - the same list for the same text: what is found out about it is kept with it.
   * @param schemas - those that the tenant's search path leads through.
   */
  findings(calls: readonly FunctionCall[], schemas: readonly string[]): readonly Finding[] | undefined {
    const refused = this.#refused;
    if (!refused) return undefined;
    let judged = this.#judged.get(calls);
    if (judged?.by !== refused) {
      judged = this.#judge(calls, refused);
      this.#judged.set(calls, judged);
    }
    if (judged.needsFreshAnswer && !this.#isFresh) return undefined;
    if (judged.ifReached.length === 0) return judged.findings;
    const reached = judged.ifReached.filter(({ schema }) => schemas.includes(schema));
    return [...judged.findings, ...reached.map(({ finding }) => finding)];
  }

  /**
   * Asks the database, unless it was asked within the last minute. To be called for each new connection too, so that an
   * extension is noticed whatever is sent. Every caller asks by its own connection: what another one is busy with may take long.
   */
  async learn(query: Query): Promise<void> {
    if (!this.#isFresh) await this.#read(query);
  }

  get #isFresh(): boolean {
    return performance.now() - this.#readAt < REFRESH_MS;
  }

  #judge(calls: readonly FunctionCall[], by: RefusedFunctions): JudgedCalls {
    const findings: Finding[] = [];
    const ifReached: RefusedFunction[] = [];
    let needsFreshAnswer = false;
    for (const call of calls) {
      const { isListed, finding, extension } = judgeByLists(call);
      if (!isListed) needsFreshAnswer = true;
      if (finding && !this.#exemptions.haveCall(call, finding, extension)) {
        findings.push(finding);
        continue;
      }
      for (const one of by.get(call.name) ?? []) {
        if (one.schema === (call.schema ?? 'pg_catalog')) findings.push(one.finding);
        else if (call.schema === undefined) ifReached.push(one);
      }
    }
    return { by, findings: findings.length === 0 ? NOTHING : findings, ifReached, needsFreshAnswer };
  }

  async #read(query: Query): Promise<void> {
    const askedAt = performance.now();
    const refused = new Map<string, RefusedFunction[]>();
    for (const found of await readForeignFunctions(query)) {
      const finding = findingOfForeign(found);
      if (!finding || this.#exemptions.haveFunction(found)) continue;
      const { schema, name } = found;
      refused.set(name, [...(refused.get(name) ?? []), { schema, finding }]);
    }
    this.#refused = refused;
    this.#readAt = askedAt;
  }
}
