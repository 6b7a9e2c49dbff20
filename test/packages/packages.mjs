import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const FOLDERS = ['libs/core', 'libs/typeorm', 'libs/nestjs', 'libs/migrations', 'libs/testing', 'apps/cli'];

/** What is published, in the order of dependence. */
export const PACKAGES = FOLDERS.map((folder) => {
  const directory = join(ROOT, folder);
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return { name: manifest.name, folder, directory, entries: entriesOf(manifest) };
});

/** What of a package can be imported, by name: itself, and its declared subpaths. */
function entriesOf({ name, exports }) {
  return Object.keys(exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => name + subpath.slice(1));
}

/** Files below a directory, relative to it, with `/`, sorted. */
export function filesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}
