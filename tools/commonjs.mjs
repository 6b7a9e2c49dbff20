import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** What the packages import that exists as an ES module only. */
const ESM_ONLY = [
  '@faker-js/faker',
  'age-encryption',
  'jose',
  'libpg-query/wasm/libpg-query.js',
  'modern-tar',
  'openid-client',
];

/** Node's own `require`, which loads ES modules. Jest has another, and another `process`, but leaves the main context alone. */
const NODE_REQUIRE = `const { process } = require('node:vm').runInThisContext('globalThis');
module.exports = process.getBuiltinModule('node:module').createRequire(__filename);
`;

/**
 * Writes the compiled modules of a package once more as CommonJS, to `dist/cjs`. Node never loads them (the condition
 * `module-sync` comes first); they are for tools that cannot load ES modules.
 */
export function writeCommonJs(directory) {
  const dist = join(directory, 'dist');
  const target = join(dist, 'cjs');
  const modules = readdirSync(dist, { recursive: true }).filter((path) => path.endsWith('.js'));
  for (const path of modules) {
    const file = join(target, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, commonJsOf(readFileSync(join(dist, path), 'utf8'), depthOf(path)));
  }
  writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(join(target, 'node-require.js'), NODE_REQUIRE);
}

function depthOf(path) {
  return path.split(/[\\/]/).length - 1;
}

function commonJsOf(module, depth) {
  const { outputText } = ts.transpileModule(module.replace(/^\/\/# sourceMappingURL=.*$/m, ''), {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2023,
      esModuleInterop: true,
    },
  });
  const nodeRequire = `require('${depth === 0 ? './' : '../'.repeat(depth)}node-require.js')`;
  const code = ESM_ONLY.reduce(
    (text, name) =>
      text
        .replaceAll(`require("${name}")`, `${nodeRequire}("${name}")`)
        .replaceAll(`require('${name}')`, `${nodeRequire}('${name}')`),
    outputText,
  );
  const result = code.replaceAll('import.meta.url', `require('node:url').pathToFileURL(__filename).href`);
  if (result.includes('import.meta')) throw new Error('CommonJS has nothing of import.meta but its url.');
  return result;
}
