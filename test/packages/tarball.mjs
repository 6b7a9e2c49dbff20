import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { filesIn } from './packages.mjs';
import { npm } from './processes.mjs';

/**
 * What `npm publish` would send.
 *
 * @returns {Promise<{ file: string, paths: string[] }>} the tarball, and the paths in it, sorted.
 */
export async function pack({ directory }, destination) {
  const output = await npm(['pack', '--json', '--pack-destination', destination], { cwd: directory });
  const [report] = JSON.parse(output);
  return { file: join(destination, report.filename), paths: report.files.map(({ path }) => path).sort() };
}

/** Checks the contents: every source compiled, README and licence, and nothing else (no specs, no build state, no leftovers). */
export function assertContents({ directory, folder, alsoCommonJs }, paths) {
  const compiled = filesIn(join(directory, 'src'))
    .filter((path) => path.endsWith('.ts') && !/\.(spec|contract|fixture)\.ts$/.test(path))
    .map((path) => path.replace(/\.ts$/, ''))
    .flatMap((path) => [
      `dist/${path}.d.ts`,
      `dist/${path}.js`,
      `dist/${path}.js.map`,
      ...(alsoCommonJs ? [`dist/cjs/${path}.js`] : []),
    ]);
  const forCommonJs = alsoCommonJs ? ['dist/cjs/package.json', 'dist/cjs/node-require.js'] : [];
  // What a web app is built into has names of its own.
  const hasWeb = existsSync(join(directory, 'web/index.html'));
  const page = hasWeb ? ['dist/web/index.html'] : [];
  const expected = new Set(['LICENSE', 'README.md', 'package.json', ...compiled, ...forCommonJs, ...page]);
  const missing = [...expected].filter((path) => !paths.includes(path));
  const foreign = paths.filter((path) => !expected.has(path) && !(hasWeb && path.startsWith('dist/web/')));
  assert.deepEqual(missing, [], `missing: ${missing.join(', ')}`);
  assert.deepEqual(
    foreign,
    [],
    `not from a source: ${foreign.join(', ')}. If these are left over, delete ${folder}/dist and build again.`,
  );
}

/**
 * There is one set of declarations, those of the ES modules, so that each class has one type. Beside the modules for tools that
 * cannot load ES modules they look wrong; TypeScript allows `require` of ES modules where Node does, and Node loads these.
 */
const ONE_SET_OF_TYPES = { publint: 'EXPORTS_TYPES_INVALID_FORMAT', attw: 'FalseESM' };

export async function assertPublint({ directory, alsoCommonJs }, { file }) {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const { messages } = await publint({
    pack: { tarball: arrayBufferOf(readFileSync(file)) },
    level: 'warning',
    strict: true,
  });
  assert.deepEqual(
    messages
      .filter(({ code }) => !alsoCommonJs || code !== ONE_SET_OF_TYPES.publint)
      .map((message) => formatMessage(message, manifest, { color: false })),
    [],
  );
}

/** `require` resolves to an ES module: Node 20.19 and later can require it. */
const ESM_REQUIRED = 'CJSResolvesToESM';

/** `moduleResolution: node10` knows no `exports`: no package's subpath exists for it. */
const isOldResolution = ({ kind, resolutionKind, entrypoint }) =>
  kind === 'NoResolution' && resolutionKind === 'node10' && entrypoint !== '.';

export async function assertTypesResolve({ alsoCommonJs }, { file }) {
  const intended = alsoCommonJs ? ONE_SET_OF_TYPES.attw : ESM_REQUIRED;
  const { types, problems } = await checkPackage(createPackageFromTarballData(readFileSync(file)));
  assert.equal(types?.kind, 'included');
  const wrong = problems.filter((problem) => problem.kind !== intended && !isOldResolution(problem));
  assert.deepEqual(wrong, [], JSON.stringify(wrong, null, 1));
  // Fails if the exception is no longer needed.
  assert.ok(problems.some(({ kind }) => kind === intended));
}

function arrayBufferOf({ buffer, byteOffset, byteLength }) {
  return buffer.slice(byteOffset, byteOffset + byteLength);
}
