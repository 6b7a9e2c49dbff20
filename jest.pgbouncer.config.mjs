import defaults from './jest.config.mjs';

/** The suites that need a real PgBouncer. They say so, and how to get it, where it is missing. */
export default {
  ...defaults,
  testMatch: ['<rootDir>/test/**/*.pgbouncer.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/test/fixtures/'],
};
