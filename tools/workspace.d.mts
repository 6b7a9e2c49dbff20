/** A name that users import, and the source behind it, relative to the root of the workspace. */
export interface Entry {
  readonly specifier: string;
  readonly source: string;
}

export interface Package {
  readonly name: string;
  /** Relative to the root of the workspace. */
  readonly folder: string;
  readonly directory: string;
  readonly dependencies: readonly string[];
  /** Whether it is published as CommonJS too. */
  readonly alsoCommonJs: boolean;
  readonly entries: readonly Entry[];
}

export const ROOT: string;
export const PACKAGES: readonly Package[];
export const ENTRIES: readonly Entry[];
