import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../', import.meta.url));

/**
 * What this workspace publishes, read from `libs/*` and `apps/*`: a package is there for the build, the suites, the import
 * rules and the publish checks as soon as its folder is.
 */
export const PACKAGES = inOrderOfDependence(
  ['libs', 'apps'].flatMap((group) =>
    readdirSync(join(ROOT, group)).map((name) => packageIn(`${group}/${name}`)),
  ),
);

/** What may be imported, over all packages. */
export const ENTRIES = PACKAGES.flatMap(({ entries }) => entries);

function packageIn(folder) {
  const directory = join(ROOT, folder);
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest)) return undefined;
  const {
    name,
    private: isPrivate,
    exports = {},
    dependencies = {},
  } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (isPrivate) return undefined;
  return {
    name,
    folder,
    directory,
    dependencies: Object.keys(dependencies),
    alsoCommonJs: Object.values(exports).some((target) => 'require' in Object(target)),
    entries: entriesOf(name, folder, exports),
  };
}

/** `"./operator": { "default": "./dist/operator/index.js" }` is made of `src/operator/index.ts`. */
function entriesOf(name, folder, exports) {
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([subpath, target]) => ({
      specifier: name + subpath.slice(1),
      source: `${folder}/${target.default.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')}`,
    }));
}

/** Each package after those that it depends on. */
function inOrderOfDependence(found) {
  const packages = found.filter((each) => each !== undefined);
  const ordered = new Set();
  const visit = (each) => {
    for (const other of packages) if (each.dependencies.includes(other.name)) visit(other);
    ordered.add(each);
  };
  for (const each of packages) visit(each);
  return [...ordered];
}
