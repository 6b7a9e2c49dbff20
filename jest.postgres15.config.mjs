import { accessSync, constants } from 'node:fs';
import defaults from './jest.config.mjs';

const BIN = process.env.ROWHOUSE_POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin';
try {
  accessSync(`${BIN}/initdb`, constants.X_OK);
} catch {
  throw new Error(
    `PostgreSQL 15 is not installed in ${BIN}, and this suite needs it. Get it with: apt-get install postgresql-15 (Debian); ` +
      'or name the programs of another version in ROWHOUSE_POSTGRES_BIN.',
  );
}
process.env.ROWHOUSE_POSTGRES_BIN = BIN;

/** What depends on the server's version, on the oldest that is supported. */
export default {
  ...defaults,
  testPathIgnorePatterns: [...defaults.testPathIgnorePatterns, 'ten-thousand-tenants'],
  testMatch: [
    '<rootDir>/libs/core/src/pool/{tenant-pool,database-pools,limits}.spec.ts',
    '<rootDir>/libs/core/src/{doctor,statement}/**/*.spec.ts',
    '<rootDir>/libs/typeorm/src/**/*.spec.ts',
    '<rootDir>/libs/migrations/src/{runs/fleet-migrations,tenants/tenant-lifecycle,migrate/home-migrator,drift/drift}.spec.ts',
    '<rootDir>/test/{isolation,attacks}/*.spec.ts',
    '<rootDir>/apps/demo/src/storefront.spec.ts',
  ],
};
