import type { Finding } from '../finding.js';
import { mayBeExempt } from './call-rules.js';
import type { FunctionCall } from './function-call.js';
import type { ForeignFunction } from './function-members.js';

/** The guard's options that are about functions. */
export interface FunctionExemptions {
  /** `name`, or `schema.name`. */
  readonly exemptFunctions: readonly string[];
  readonly exemptExtensions: readonly string[];
}

/** What the application lets its tenants call although it was refused or not reviewed. */
export class Exemptions {
  readonly #functions: ReadonlySet<string>;
  /** Without their schemas. */
  readonly #names: ReadonlySet<string>;
  readonly #extensions: ReadonlySet<string>;

  constructor({ exemptFunctions, exemptExtensions }: FunctionExemptions) {
    this.#functions = new Set(exemptFunctions);
    this.#names = new Set(exemptFunctions.map((name) => name.slice(name.indexOf('.') + 1)));
    this.#extensions = new Set(exemptExtensions);
  }

  /**
   * A call of a listed function. One without a schema is exempt by any exemption of the name: what the database has of that
   * name is looked at next, with its schema.
   */
  haveCall(call: FunctionCall, finding: Finding, extension?: string): boolean {
    if (!mayBeExempt(finding, call)) return false;
    if (extension !== undefined && this.#extensions.has(extension)) return true;
    const { schema, name } = call;
    if (schema === undefined) return this.#names.has(name);
    return this.#functions.has(name) || this.#functions.has(`${schema}.${name}`);
  }

  haveFunction({ schema, name, extension }: ForeignFunction): boolean {
    if (extension !== null && this.#extensions.has(extension)) return true;
    return this.#functions.has(name) || this.#functions.has(`${schema}.${name}`);
  }
}
