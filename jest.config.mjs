import { availableParallelism } from 'node:os';

/** Shared by every suite: TypeScript through SWC as true ES modules, workspace packages loaded from source. */
export const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@rowhouse/migrations/fleet$': '<rootDir>/libs/migrations/src/fleet/index.ts',
    '^@rowhouse/(core|typeorm)/internal$': '<rootDir>/libs/$1/src/internal.ts',
    '^@rowhouse/(core|typeorm|nestjs|migrations|testing)$': '<rootDir>/libs/$1/src/index.ts',
    '^@rowhouse/nestjs/operator$': '<rootDir>/libs/nestjs/src/operator/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/libs/[^/]+/dist/', '<rootDir>/test/fixtures/'],
  testTimeout: 60_000,
  // Suites wait for the server much of the time, so a core less than there are is too few on two.
  maxWorkers: Math.max(2, availableParallelism() - 1),
};

/** The suite that needs nothing but npm packages. Suites named `*.pgbouncer.spec.ts` and the like have a script of their own. */
export default {
  ...shared,
  globalSetup: '<rootDir>/test/setup/global-setup.mjs',
  globalTeardown: '<rootDir>/test/setup/global-teardown.mjs',
  testMatch: ['<rootDir>/{libs,apps}/*/src/**/*.spec.ts', '<rootDir>/test/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.pgbouncer\\.spec\\.ts$', '/test/fixtures/'],
};
