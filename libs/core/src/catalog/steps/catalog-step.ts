/**
 * One step of the catalog's own schema. Once released, a step never changes: a correction is a new step.
 *
 * Types, functions and operators are written with their schema wherever PostgreSQL would look them up by name: neither a step
 * nor a trigger may mean something else under a caller's path settings.
 */
export interface CatalogStep {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}
