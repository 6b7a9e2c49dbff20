import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import ts from 'typescript';
import { ENTRIES, PACKAGES, ROOT } from '../../tools/workspace.mjs';

function read(file: string) {
  const { config, error } = ts.parseConfigFileTextToJson(file, readFileSync(join(ROOT, file), 'utf8'));
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  return config;
}

/** What these files say cannot be computed, as it is for the suites, the build and the import rules. */
describe('the workspace', () => {
  it('has a source behind each name that its packages export', () => {
    expect(ENTRIES.filter(({ source }) => !existsSync(join(ROOT, source)))).toEqual([]);
  });

  it('leads the compiler to the source of each name, and to no other', () => {
    const paths = Object.fromEntries(ENTRIES.map(({ specifier, source }) => [specifier, [`./${source}`]]));
    expect(read('tsconfig.json').compilerOptions.paths).toEqual(paths);
  });

  it.each(PACKAGES.map((each) => [each.name, each] as const))(
    'builds %s after what it depends on',
    (_name, { folder, dependencies }) => {
      const references: { path: string }[] = read(`${folder}/tsconfig.json`).references;
      const dependedOn = PACKAGES.filter(({ name }) => dependencies.includes(name));
      expect(references.map(({ path }) => normalize(`${folder}/${path}`)).sort()).toEqual(
        dependedOn.map((each) => each.folder).sort(),
      );
    },
  );
});
