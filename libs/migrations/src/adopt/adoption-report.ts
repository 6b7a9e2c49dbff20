import type { Tenant } from '@rowhouse/core';

/** An object of a schema, named as PostgreSQL identifies it. */
export interface NamedObject {
  /** `table`, `view`, `type`, `function` … */
  readonly kind: string;
  /** With its schema, quoted where SQL needs it; a function with the types of its arguments. */
  readonly name: string;
}

/** The row counts of a table before and after the adoption. They are equal; otherwise the adoption is rolled back. */
export interface RowCount {
  /** Its name without the schema. */
  readonly table: string;
  readonly before: number;
  readonly after: number;
}

/** What an adoption did, or its undo; after a dry run, what it would do. */
export interface AdoptionReport {
  readonly tenant: Tenant;
  /** The objects that moved to another schema, under their former names. Empty with isolation `row`. */
  readonly moved: readonly NamedObject[];
  readonly rows: readonly RowCount[];
  /** The statements, in order. The values of parameters (`$1`) are not included. */
  readonly statements: readonly string[];
  /** Problems that need attention, each with a remedy. */
  readonly warnings: readonly string[];
  readonly dryRun: boolean;
}
