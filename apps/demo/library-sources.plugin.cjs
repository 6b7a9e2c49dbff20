const { dirname, posix, relative, resolve, sep } = require('node:path');
const ts = require('typescript');

/**
 * A plugin of the Nest CLI's compiler that makes the demo run the libraries' sources.
 *
 * The CLI itself turns an alias of tsconfig's `paths` into a relative import only while the name cannot be resolved as
 * a package, and then into one of the source, which is not what is emitted. Ours can be resolved as soon as `npm run build`
 * has been run, and from then on the demo would run what was built that day, whatever is edited.
 */
exports.before = function useLibrarySources(_options, program) {
  const { paths = {}, pathsBasePath = process.cwd() } = program.getCompilerOptions();
  const sources = new Map(
    Object.entries(paths).map(([alias, [source]]) => [alias, resolve(pathsBasePath, source)]),
  );

  const sourceOf = (specifier, from) =>
    /^\..*\.ts$/.test(specifier) ? resolve(dirname(from), specifier) : sources.get(specifier);

  return (context) => (file) => {
    const redirect = (node) => {
      const isImport = ts.isImportDeclaration(node);
      if (!(isImport || ts.isExportDeclaration(node)) || !node.moduleSpecifier) return node;
      const source = sourceOf(node.moduleSpecifier.text, file.fileName);
      if (!source) return node;
      const specifier = ts.factory.createStringLiteral(emittedPath(file.fileName, source));
      const redirected = isImport
        ? ts.factory.updateImportDeclaration(
            node,
            node.modifiers,
            node.importClause,
            specifier,
            node.attributes,
          )
        : ts.factory.updateExportDeclaration(
            node,
            node.modifiers,
            node.isTypeOnly,
            node.exportClause,
            specifier,
            node.attributes,
          );
      // Without them TypeScript's own transforms drop imports that only decorators' metadata uses.
      return Object.assign(redirected, { flags: node.flags, parent: node.parent });
    };
    return ts.visitEachChild(file, redirect, context);
  };
};

/** Sources and output have the same layout, so the way from file to file is the same. */
function emittedPath(from, to) {
  const path = relative(dirname(from), to).split(sep).join(posix.sep).replace(/\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}
