import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

export { PACKAGES, ROOT } from '../../tools/workspace.mjs';

/** Files below a directory, relative to it, with `/`, sorted. */
export function filesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}
