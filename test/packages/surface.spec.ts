import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ENTRIES, ROOT } from '../../tools/workspace.mjs';
import { SURFACE } from './surface.js';

const sourceOf = (name: string) => {
  const source = ENTRIES.find(({ specifier }) => specifier === `@rowhouse/${name}`)?.source;
  if (!source) throw new Error(`No package exports @rowhouse/${name}.`);
  return join(ROOT, source);
};

/** The names a module exports, as its export statements list them; types are marked as such. */
function exportsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023);
  return source.statements
    .filter(ts.isExportDeclaration)
    .flatMap(({ exportClause, isTypeOnly, moduleSpecifier }) => {
      if (exportClause && ts.isNamedExports(exportClause)) {
        return exportClause.elements.map(
          (element) => `${isTypeOnly || element.isTypeOnly ? 'type ' : ''}${element.name.text}`,
        );
      }
      if (exportClause || !moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) return [];
      return exportsOf(join(dirname(file), moduleSpecifier.text.replace(/\.js$/, '.ts')));
    });
}

const byName = (a: string, b: string) => (a.replace('type ', '') < b.replace('type ', '') ? -1 : 1);

/**
 * What users may import is a promise. When this fails, either take back what slipped out, or change `surface.ts` with
 * the index, on purpose; a name that goes away is a breaking change.
 */
describe.each(Object.entries(SURFACE))('the public surface of @rowhouse/%s', (name, surface) => {
  it('is what is written down', () => {
    expect(exportsOf(sourceOf(name)).sort(byName)).toEqual([...surface].sort(byName));
  });

  it('is what is there at run time', async () => {
    const values = surface.filter((exported) => !exported.startsWith('type '));
    expect(Object.keys(await import(`@rowhouse/${name}`)).sort()).toEqual([...values].sort());
  });
});

it('every name that can be imported has its surface written down', () => {
  expect(Object.keys(SURFACE).map((name) => `@rowhouse/${name}`)).toEqual(
    ENTRIES.map(({ specifier }) => specifier).filter((specifier) => !specifier.endsWith('/internal')),
  );
});
