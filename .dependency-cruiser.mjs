/** The house plan's import rules (docs/architecture.md): imports point one way, and nobody reaches past an index. */

const layers = ['core', 'typeorm', 'nestjs', 'migrations'];

/** Libraries above `layer`, and everything else it may not know. */
function above(layer) {
  const later = layers.slice(layers.indexOf(layer) + 1);
  return `^(libs/(${[...later, 'testing'].join('|')})|apps|test|bench)/`;
}

const spec = '\\.(spec|contract|fixture)\\.ts$';

export default {
  forbidden: [
    ...layers.map((layer) => ({
      name: `${layer}-knows-only-lower-layers`,
      severity: 'error',
      from: { path: `^libs/${layer}/src`, pathNot: spec },
      to: { path: above(layer) },
    })),
    {
      name: 'core-and-typeorm-know-no-nest',
      severity: 'error',
      from: { path: '^libs/(core|typeorm)/src' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'core-knows-no-typeorm',
      severity: 'error',
      from: { path: '^libs/core/src' },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'libs-know-no-app',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'only-through-the-index',
      severity: 'error',
      comment: 'A package is used by its name; its files are its own business.',
      from: { path: '^(libs/[^/]+|apps/[^/]+|test|bench)/' },
      to: {
        path: '^(libs/[^/]+|apps/[^/]+)/src/(?!(?:operator/|fleet/)?index\\.ts$|internal\\.ts$)',
        pathNot: '^$1/',
      },
    },
    {
      name: 'only-declared-dependencies',
      severity: 'error',
      from: { path: '^(libs|apps)/[^/]+/src', pathNot: spec },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^(libs|apps)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    combinedDependencies: false,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/|^test/fixtures/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
