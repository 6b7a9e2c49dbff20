import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { assertImportsDeclared } from './imports.mjs';
import { PACKAGES, ROOT } from './packages.mjs';
import { npm, run, temporaryDirectory } from './processes.mjs';
import { typeCheck } from './type-check.mjs';

const names = PACKAGES.map(({ name }) => name);
const specifiers = PACKAGES.flatMap(({ entries }) => entries.map(({ specifier }) => specifier));

/** The oldest Node that the packages allow, and the lines that are maintained. */
const NODES = ['20.19.0', '22', '24'];

/** Installs the tarballs as a user would, and uses them as ES modules and as CommonJS. */
export async function checkConsumer(list, tarballs, createDatabase) {
  const directory = temporaryDirectory('consumer');
  cpSync(join(ROOT, 'test/fixtures/consumer'), directory, { recursive: true });

  await list.step('installs with Nest 12 and TypeORM 1.1, no peer missing', async () => {
    await npm(['install', '--no-package-lock', '--strict-peer-deps', ...tarballs], { cwd: directory });
    assert.match(versionOf(directory, '@nestjs/core'), /^12\./);
    assert.match(versionOf(directory, 'typeorm'), /^1\.1\./);
  });

  for (const name of names) {
    await list.check(`${name} declares what it imports, exactly`, () =>
      assertImportsDeclared(join(directory, 'node_modules', name)),
    );
  }

  for (const [file, how] of [
    ['load-by-import.mjs', 'import, then require'],
    ['load-by-require.cjs', 'require, then import'],
  ]) {
    for (const version of NODES) {
      await list.check(`Node ${version} loads each by ${how}, with the same classes`, async () => {
        const node = ['exec', '--yes', `--package=node@${version}`, '--', 'node'];
        const output = await run('npm', [...node, file, ...specifiers], { cwd: directory });
        const loaded = output
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line));
        assert.deepEqual(
          loaded.map(({ name }) => name),
          specifiers,
        );
        for (const { name, exports } of loaded) assert.ok(exports.length > 0, `${name} exports nothing`);
      });
    }
  }

  const snippets = PACKAGES.map((each) => snippetOf(each));
  for (const { file, code } of snippets) writeFileSync(join(directory, file), code);
  await list.check(
    `TypeScript ${ts.version} accepts app.mts, app.cts, the READMEs' code and our declarations`,
    () => {
      const { ours } = typeCheck(directory);
      assert.ok(ours > names.length, 'none of our declarations was read');
    },
  );
  for (const { name, file, code } of snippets) {
    await list.check(`the code in the README of ${name} runs`, async () => {
      const database = await createDatabase();
      try {
        const compiled = ts.transpileModule(code, { compilerOptions: SNIPPET_OPTIONS }).outputText;
        const program = file.replace(/\.mts$/, '.mjs');
        writeFileSync(join(directory, program), compiled);
        await run(process.execPath, [program], {
          cwd: directory,
          env: { ...SECRETS, DATABASE_URL: database.url },
        });
      } finally {
        await database.drop();
      }
    });
  }
}

/** What the code in READMEs reads from its environment. */
const SECRETS = {
  INTEGRATIONS_SECRET: 'x'.repeat(32),
  INTEGRATIONS_KEY: Buffer.alloc(32, 1).toString('base64'),
  GOOGLE_CLIENT_ID: 'id',
  GOOGLE_CLIENT_SECRET: 'secret',
};

const SNIPPET_OPTIONS = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  experimentalDecorators: true,
};

/** The TypeScript block of a package's README, as a module. */
function snippetOf({ name, directory }) {
  const [, code] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(directory, 'README.md'), 'utf8')) ?? [];
  if (!code) throw new Error(`The README of ${name} has no block of code.`);
  return { name, file: `readme-${name.replace(/^.*\//, '')}.mts`, code };
}

function versionOf(directory, name) {
  return JSON.parse(readFileSync(join(directory, 'node_modules', name, 'package.json'), 'utf8')).version;
}
