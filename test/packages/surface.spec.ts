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
 * The public names are an interface to users. When this fails, either remove a name that was exported by mistake, or change
 * `surface.ts` together with the index. Removing a name is a breaking change.
 */
describe.each(Object.entries(SURFACE))('the public surface of @rowhouse/%s', (name, surface) => {
  it('is the one in surface.ts', () => {
    expect(exportsOf(sourceOf(name)).sort(byName)).toEqual([...surface].sort(byName));
  });

  it('is the same at run time', async () => {
    const values = surface.filter((exported) => !exported.startsWith('type '));
    expect(Object.keys(await import(`@rowhouse/${name}`)).sort()).toEqual([...values].sort());
  });
});

it('every name that can be imported has its surface written down', () => {
  expect(Object.keys(SURFACE).map((name) => `@rowhouse/${name}`)).toEqual(
    ENTRIES.map(({ specifier }) => specifier).filter((specifier) => !specifier.endsWith('/internal')),
  );
});
