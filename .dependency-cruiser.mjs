import { ENTRIES, PACKAGES } from './tools/workspace.mjs';

/** The house plan's import rules (docs/architecture.md): who may know whom. What is not named here may not be known. */
const KNOWS = {
  core: [],
  typeorm: ['core'],
  nestjs: ['core', 'typeorm'],
  migrations: ['core', 'typeorm', 'nestjs'],
  bullmq: ['core', 'nestjs'],
  metrics: ['core', 'typeorm', 'nestjs'],
  transfer: ['core', 'typeorm', 'nestjs', 'migrations'],
  files: ['core', 'typeorm', 'nestjs', 'transfer'],
  integrations: ['core', 'typeorm', 'nestjs'],
  admin: ['core', 'typeorm', 'nestjs', 'migrations', 'transfer', 'metrics'],
  vectors: ['core', 'typeorm', 'nestjs', 'migrations'],
  client: [],
  'admin-ui': ['core', 'nestjs'],
  testing: ['core'],
};

/** Libraries that a framework may be imported by; the others must work without it. */
const FRAMEWORKS = {
  'node_modules/@nestjs/': [
    'nestjs',
    'bullmq',
    'migrations',
    'metrics',
    'transfer',
    'files',
    'integrations',
    'vectors',
    'admin',
    'admin-ui',
  ],
  'node_modules/typeorm/': [
    'typeorm',
    'nestjs',
    'migrations',
    'metrics',
    'transfer',
    'files',
    'integrations',
    'vectors',
    'admin',
  ],
};

const libraries = PACKAGES.filter(({ folder }) => folder.startsWith('libs/')).map(({ folder }) =>
  folder.slice(5),
);
const strangers = libraries.filter((name) => !(name in KNOWS));
if (strangers.length > 0) {
  throw new Error(`.dependency-cruiser.mjs does not say whom these may know: ${strangers.join(', ')}`);
}

const spec = '\\.(spec|contract|fixture)\\.ts$';
const anyOf = (names) => `(${names.join('|')})`;

export default {
  forbidden: [
    ...Object.entries(KNOWS).map(([name, known]) => ({
      name: `${name}-knows-${known.join('-') || 'nobody'}`,
      severity: 'error',
      from: { path: `^libs/${name}/src`, pathNot: spec },
      to: { path: '^(libs|apps|test|bench|tools)/', pathNot: `^libs/${anyOf([name, ...known])}/` },
    })),
    {
      name: 'pages-know-types-of-the-client',
      severity: 'error',
      comment: 'What runs in a browser takes nothing of the house but types.',
      from: { path: '^libs/admin-ui/web/' },
      to: { path: '^(libs|apps|test|bench|tools)/', pathNot: '^libs/(admin-ui/web/|client/src/index\\.ts$)' },
    },
    {
      name: 'apps-know-libraries',
      severity: 'error',
      comment: 'And no other app, nor what only tests are made of.',
      from: { path: '^(apps/[^/]+)/src', pathNot: spec },
      to: { path: '^(apps|test|bench|tools)/', pathNot: '^$1/' },
    },
    {
      name: 'examples-know-packages',
      severity: 'error',
      comment: 'What a user of the published packages has, and nothing else.',
      from: { path: '^(examples/[^/]+)/', pathNot: spec },
      to: {
        path: '^(libs|apps|examples|test|bench|tools)/',
        pathNot: ['^$1/', ...ENTRIES.map(({ source }) => `^${source.replaceAll('.', '\\.')}$`)],
      },
    },
    {
      name: 'specs-know-no-app',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|examples)/' },
    },
    ...Object.entries(FRAMEWORKS).map(([framework, users]) => ({
      name: `not-everyone-knows-${framework.split('/')[1].replace('@', '')}`,
      severity: 'error',
      from: { path: '^libs/[^/]+/src', pathNot: [spec, `^libs/${anyOf(users)}/`] },
      to: { path: framework },
    })),
    {
      name: 'only-through-an-entry',
      severity: 'error',
      comment: 'A package is used by the names its package.json exports; its files are its own business.',
      from: { path: '^(libs/[^/]+|apps/[^/]+|test|bench)/' },
      to: {
        path: '^(libs|apps)/[^/]+/src/',
        pathNot: ['^$1/', ...ENTRIES.map(({ source }) => `^${source.replaceAll('.', '\\.')}$`)],
      },
    },
    {
      name: 'only-declared-dependencies',
      severity: 'error',
      comment: 'Peers that are optional count as no-pkg, too.',
      from: { path: '^(libs|apps|examples)/[^/]+/src', pathNot: spec },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'Circles that exist in types only are circles too: neither file can be read without the other.',
      from: { path: '^(libs|apps|examples)/' },
      to: { circular: true },
    },
    {
      name: 'loads-no-nest',
      severity: 'error',
      comment: 'Scripts and the command line answer at once.',
      from: {
        path: '^libs/(migrations/src/(fleet/index|internal)|admin/src/services|metrics/src/(services|usage/index)|transfer/src/(index|jobs/services))\\.ts$',
      },
      to: { path: 'node_modules/@nestjs/', reachable: true },
    },
    {
      name: 'only-a-server-loads-nest',
      severity: 'error',
      comment: 'All other commands use the entries that load no Nest.',
      from: { path: '^apps/cli/src/', pathNot: [spec, '^apps/cli/src/commands/admin\\.command\\.ts$'] },
      to: {
        path: ['node_modules/@nestjs/', '^libs/(nestjs|admin|migrations)/'],
        pathNot: '^libs/(migrations/src/(fleet/index|internal)|admin/src/services)\\.ts$',
      },
    },
  ],
  options: {
    combinedDependencies: false,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/|^test/fixtures/|^examples/commonjs-nest11/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
