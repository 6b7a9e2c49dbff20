import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function sources(...folders: string[]): Array<{ file: string; text: string }> {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(
        (entry) =>
          entry.isFile() &&
          /\.[cm]?ts$/.test(entry.name) &&
          !/\.(spec|contract|fixture)\.ts$/.test(entry.name),
      )
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/\/(node_modules|dist)\//.test(file))
      .map((file) => ({ file: relative(root, file), text: readFileSync(file, 'utf8') })),
  );
}

const code = sources('libs', 'apps');

describe('the house', () => {
  it('writes the pin in one file, and what reads statements for it in one folder', () => {
    const writers = code.filter(({ text }) => /search_path|set_config/.test(text)).map(({ file }) => file);
    expect(writers.filter((file) => !file.startsWith('libs/core/src/statement/')).sort()).toEqual([
      // The paths that functions have of their own.
      'libs/core/src/catalog/steps/0007-groups-of-homes.ts',
      'libs/core/src/catalog/steps/0010-audit.ts',
      'libs/core/src/catalog/steps/0013-members.ts',
      'libs/core/src/catalog/steps/0014-overrides.ts',
      'libs/core/src/catalog/steps/0015-webhooks.ts',
      'libs/core/src/catalog/steps/0021-events-of-parts.ts',
      'libs/core/src/catalog/steps/0022-jobs.ts',
      'libs/core/src/catalog/steps/0023-job-outboxes.ts',
      'libs/core/src/catalog/steps/0025-rates.ts',
      'libs/core/src/catalog/steps/0026-metrics.ts',
      'libs/core/src/catalog/steps/0028-quotas.ts',
      'libs/core/src/catalog/steps/0029-usage.ts',
      'libs/core/src/catalog/steps/0036-job-usage.ts',
      'libs/core/src/catalog/steps/0038-job-outboxes-of-placements.ts',
      'libs/core/src/catalog/steps/0039-quarantined-files.ts',
      'libs/core/src/homes/job-outbox.ts',
      // Settings of Citus, in transactions of the owner.
      'libs/core/src/homes/role-statements.ts',
      'libs/core/src/homes/server-facts.ts',
      'libs/core/src/homes/worker-roles.ts',
      'libs/core/src/pin/pin.ts',
      'libs/migrations/src/adopt/survey/broken-functions.ts',
      'libs/migrations/src/adopt/survey/hard-coded-names.ts',
      'libs/migrations/src/drift/structure/read-structures.ts',
      // In a transaction of the owner that is rolled back.
      'libs/migrations/src/generate/stored-form.ts',
      'libs/migrations/src/recording/scratch-home.ts',
      'libs/migrations/src/tenants/prewarmed-homes.ts',
      // The owner reads a tenant's rows, to find what refers to them.
      'libs/migrations/src/tenants/purge/purge-obstacles.ts',
      // In a comment, for who loads the script.
      'libs/transfer/src/export/sql-script.ts',
      // The paths that functions have of their own.
      'libs/transfer/src/journal/journal-schema.ts',
      // Rows go from one tenant to another.
      'libs/transfer/src/merge/own-rows.ts',
    ]);
  });

  it('never spreads what pg connects with, which would lose a hidden password', () => {
    const spread =
      /new (?:\w+\.)?(?:Pool|Client|TenantPool|Catalog|PgClient)\(\s*\{[^;]*?\.\.\.|super\(\{ \.\.\.config/;
    expect(code.filter(({ text }) => spread.test(text)).map(({ file }) => file)).toEqual([]);
  });

  it('takes no advisory lock, which any tenant could take before it', () => {
    const takers = code.filter(({ text }) => /advisory\w*_lock/.test(text)).map(({ file }) => file);
    expect(takers.filter((file) => !file.startsWith('libs/core/src/statement/')).sort()).toEqual([
      // Replaced by the sixth step.
      'libs/core/src/catalog/steps/0003-fleet.ts',
      // Test databases belong to no deployment.
      'libs/testing/src/databases/test-database.ts',
    ]);
  });

  it('has no request-scoped provider', () => {
    expect(code.filter(({ text }) => /Scope\.REQUEST/.test(text)).map(({ file }) => file)).toEqual([]);
  });

  it('never enters a context without a function that bounds it', () => {
    expect(code.filter(({ text }) => /enterWith\(/.test(text)).map(({ file }) => file)).toEqual([]);
  });
});
