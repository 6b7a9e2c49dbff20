import type { Tenant } from '@rowhouse/core';

/** Something of a schema, as PostgreSQL identifies it. */
export interface NamedObject {
  /** `table`, `view`, `type`, `function` … */
  readonly kind: string;
  /** With its schema, quoted where SQL needs it; a function with the types of its arguments. */
  readonly name: string;
}

/** How many rows a table had before and after: the same, or nothing was done. */
export interface RowCount {
  /** Its name without the schema. */
  readonly table: string;
  readonly before: number;
  readonly after: number;
}

/** What an adoption, or its undoing, did; after a dry run, what it would do. */
export interface AdoptionReport {
  readonly tenant: Tenant;
  /** What changed its schema, under the name it had before. Empty with isolation `row`. */
  readonly moved: readonly NamedObject[];
  readonly rows: readonly RowCount[];
  /** The statements, in order. Values of parameters (`$1`) are those of the catalog's entries. */
  readonly statements: readonly string[];
  /** What somebody should look at, each with a remedy. */
  readonly warnings: readonly string[];
  readonly dryRun: boolean;
}
