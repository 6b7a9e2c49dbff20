/** Statements that change something, and those that undo it, each in the order in which they run. */
export interface Step {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** A change of a table that TypeORM does not write: what goes before its own statements, and what comes after them. */
export interface TableChange {
  readonly before: Step;
  readonly after: Step;
}

export const NOTHING: Step = { up: [], down: [] };
