import defaults from './jest.config.mjs';

process.env.KILL_RUNS ??= '200';

/** The kill suite in full: `npm test` has a part of it. */
export default { ...defaults, testMatch: ['<rootDir>/test/kill/*.spec.ts'] };
