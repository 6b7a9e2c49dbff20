import { isDeepStrictEqual } from 'node:util';
import { type OnConflict, TransferConflictError } from '@rowhouse/transfer';
import { dotted, isJsonObject, type Json, type Path, withValueAt } from '../settings/json-paths.js';

export interface MergedOverrides {
  /** Values that are to be set, by their paths. */
  readonly sets: readonly (readonly [Path, unknown])[];
  readonly same: number;
  readonly skipped: number;
}

/**
 * What of some overrides a tenant gets that has others. They are compared value by value; a conflict is a value that is there and differs.
 *
 * @param what - they are, for errors.
 * @throws {TransferConflictError} as `onConflict` says; `remap` is as `fail`.
 */
export function mergeOverrides(
  present: Json,
  given: Json,
  onConflict: OnConflict,
  what: string,
): MergedOverrides {
  const { missing, different, same } = compare(present, given);
  if (different.length > 0 && (onConflict === 'fail' || onConflict === 'remap'))
    throw new TransferConflictError(
      `The tenant has other ${what} in place of those of the archive: ${named(different.map(([path]) => dotted(path)))}.`,
    );
  const isWritten = onConflict === 'overwrite';
  return {
    sets: isWritten ? [...missing, ...different] : missing,
    same,
    skipped: isWritten ? 0 : different.length,
  };
}

export function withSets(present: Json, { sets }: MergedOverrides): Json {
  return sets.reduce((merged, [path, value]) => withValueAt(merged, path, value), present);
}

/** The first of them, and how many more. */
export function named(names: readonly string[]): string {
  const more = names.length > 20 ? ` and ${names.length - 20} more` : '';
  return `${names.slice(0, 20).join(', ')}${more}`;
}

interface Compared {
  readonly missing: (readonly [Path, unknown])[];
  readonly different: (readonly [Path, unknown])[];
  same: number;
}

function compare(
  present: Json,
  given: Json,
  before: Path = [],
  found: Compared = { missing: [], different: [], same: 0 },
): Compared {
  for (const [key, value] of Object.entries(given)) {
    const path = [...before, key];
    const there = Object.hasOwn(present, key) ? present[key] : undefined;
    if (isJsonObject(value) && (isJsonObject(there) || there === undefined))
      compare(there ?? {}, value, path, found);
    else if (there === undefined) found.missing.push([path, value]);
    else if (isDeepStrictEqual(there, value)) found.same += 1;
    else found.different.push([path, value]);
  }
  return found;
}
