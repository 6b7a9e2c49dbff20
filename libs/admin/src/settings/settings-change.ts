import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '@rowhouse/core';
import { type Json, leavesOf } from './json-paths.js';

export const SETTINGS_ACTIONS = ['patch', 'unset', 'restore'] as const;

/** A change of settings. */
export interface SettingsChange {
  readonly version: number;
  readonly action: (typeof SETTINGS_ACTIONS)[number];
  /** `null` for what was or is not overridden; secrets that are set are "***". */
  readonly changes: readonly {
    readonly path: string;
    readonly before: unknown;
    readonly after: unknown;
    readonly isSecret: boolean;
  }[];
  readonly actor: Actor | null;
  readonly changedAt: Date;
}

const MASK = '***';

/** What differs, with secrets masked. */
export function changesBetween(
  before: Json,
  after: Json,
  secrets: ReadonlySet<string>,
): SettingsChange['changes'] {
  const old = leavesOf(before);
  const present = leavesOf(after);
  return [...new Set([...old.keys(), ...present.keys()])]
    .filter((path) => !isDeepStrictEqual(old.get(path), present.get(path)))
    .map((path) =>
      maskedIn(
        { path, before: old.get(path) ?? null, after: present.get(path) ?? null, isSecret: false },
        secrets,
      ),
    );
}

/** A change without the values of secrets. */
export function maskedIn<T extends SettingsChange['changes'][number]>(
  change: T,
  secrets: ReadonlySet<string>,
): T {
  if (!secrets.has(change.path)) return change;
  const masked = (value: unknown) => (value === null ? null : MASK);
  return { ...change, before: masked(change.before), after: masked(change.after), isSecret: true };
}
