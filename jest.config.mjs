import { availableParallelism } from 'node:os';
import { extraSpecs, SUITES, specsOf } from './test/setup/suites.mjs';
import { ENTRIES } from './tools/workspace.mjs';

/** Names from `SUITES`; without them, everything that needs nothing but npm packages. */
const suites = (process.env.SUITE ?? '').split(' ').filter(Boolean);
for (const suite of suites) {
  if (!(suite in SUITES)) {
    throw new Error(`There is no suite ${suite}; there are ${Object.keys(SUITES).join(', ')}.`);
  }
  SUITES[suite].prepare?.();
}

/** A regular expression for a text, as a whole. */
const exactly = (text) => `^${text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}$`;

/** TypeScript through SWC as true ES modules, the workspace's packages loaded from source. */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/setup/global-setup.mjs',
  globalTeardown: '<rootDir>/test/setup/global-teardown.mjs',
  setupFiles: ['<rootDir>/test/setup/idle-connections.mjs'],
  testMatch: suites.length
    ? suites.flatMap(specsOf).map((file) => `<rootDir>/${file}`)
    : ['<rootDir>/{libs,apps}/*/src/**/*.spec.ts', '<rootDir>/{examples,test}/**/*.spec.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    '/test/fixtures/',
    ...(suites.length ? [] : extraSpecs().map((file) => exactly(`/${file}`).slice(1))),
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/libs/[^/]+/dist/', '<rootDir>/test/fixtures/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    ...Object.fromEntries(
      ENTRIES.map(({ specifier, source }) => [exactly(specifier), `<rootDir>/${source}`]),
    ),
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // The name under which another version is installed.
    ...(process.env.TYPEORM ? { '^typeorm$': process.env.TYPEORM } : {}),
  },
  transform: { '^.+\\.ts$': '<rootDir>/test/setup/swc-transformer.mjs' },
  testTimeout: 180_000,
  testSequencer: '<rootDir>/test/setup/slowest-first.mjs',
  // Node keeps the modules of suites that have ended (https://github.com/jestjs/jest/issues/11956), and collecting the
  // garbage of a large heap makes everything slow: a worker that has grown gives way to a new one.
  workerIdleMemoryLimit: '200MB',
  // Suites wait for the server much of the time, so a core less than there are is too few on two.
  maxWorkers: Math.max(2, availableParallelism() - 1),
};
