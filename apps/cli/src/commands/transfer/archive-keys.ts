import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UnusableError } from '../../shell/io.js';

/** Collects what an option that may be given several times gives. */
export function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The recipients of age that `--recipient` names, each by itself or with a file that has one a line. */
export function recipientsOf(
  given: readonly string[] | undefined,
  cwd: string,
): readonly string[] | undefined {
  return given?.flatMap((one) => (one.startsWith('age1') ? [one] : linesOf(one, cwd)));
}

/** The identities in the files that `--identity` names, as `age-keygen` writes them. */
export function identitiesOf(
  files: readonly string[] | undefined,
  cwd: string,
): readonly string[] | undefined {
  return files?.flatMap((file) => linesOf(file, cwd));
}

/** The text of a file with a key. */
export function keyIn(file: string, cwd: string): string {
  const path = resolve(cwd, file);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UnusableError(
      `The file of a key ${path} cannot be read (${(error as { code?: string }).code}).`,
    );
  }
}

function linesOf(file: string, cwd: string): readonly string[] {
  const lines = keyIn(file, cwd)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new UnusableError(`There is no key in ${resolve(cwd, file)}.`);
  return lines;
}
