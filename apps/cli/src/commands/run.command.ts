import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { forEachTenant, PostgresTenantStore, type Tenant, type TenantReport } from '@rowhouse/core';
import { messageOf, withFields } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import pg from 'pg';
import { type SelectionOptions, withSelection } from '../options/selection-options.js';
import { withTarget } from '../options/target-options.js';
import { count } from '../options/values.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../shell/io.js';
import { onOneLine } from '../shell/print.js';
import { progressOn } from '../shell/progress.js';
import { report } from '../shell/report.js';
import { withRegistry } from '../target/deployment.js';
import { resolveTarget, type Target, type TargetOptions } from '../target/target.js';
import type { TenantScript } from '../target/tenant-script.js';
import { selectTenants } from './tenants/select-tenants.js';

interface RunOptions extends TargetOptions, SelectionOptions {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly concurrency?: number;
}

const HELP = `
The script's default export is called once for each tenant, as that tenant:

  export default async ({ tenant, dataSource, manager, signal }) => manager.query('select count(*) from orders');

The script may be TypeScript. It runs for active tenants only, unless --tenant or --where status=… selects others.
The JSON is {"succeeded", "failed", "skipped", "durationMs", "results": [{"tenant", "status", "value"?, "error"?}]}.
Exit status: 0; 1 when it failed for a tenant, or was stopped; 2 when the command could not start.

Examples:
  $ rowhouse run scripts/recount.ts --all
  $ rowhouse run scripts/recount.ts --tenant acme,globex
  $ rowhouse run scripts/recount.ts --where plan=free,metadata.region=eu --concurrency 2 --json
`;

export function addRun(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(withSelection(program.command('run')))
    .description('calls a function of yours for each tenant, in the context of the tenant')
    .argument('<script>', 'a module whose default export is the function')
    .option('--all', 'every active tenant')
    .option('--concurrency <n>', 'how many tenants at the same time (default: 4)', count)
    .addHelpText('after', HELP)
    .action(async (script, options) => done(await runScript(script, options, io)));
}

async function runScript(path: string, options: RunOptions, io: Io): Promise<ExitCode> {
  const isSelective = options.tenant !== undefined || options.where !== undefined;
  if (isSelective === (options.all === true)) {
    throw new UnusableError('Give --all, or --tenant <slugs>, or --where <conditions>.');
  }
  const script = await scriptAt(resolve(io.cwd, path));
  const result = await callForEach(script, options, io);
  reportResults(result, options, io);
  return result.failed + result.skipped > 0 ? EXIT.failed : EXIT.ok;
}

async function scriptAt(path: string): Promise<TenantScript> {
  if (!existsSync(path)) throw new UnusableError(`There is no script ${path}.`);
  const { importModule } = await import('../config/module-loader.js');
  const { default: script } = await importModule(path);
  if (typeof script === 'function') return script as TenantScript;
  throw new UnusableError(`${path}: expected a function as its default export.`);
}

async function callForEach(
  script: TenantScript,
  options: RunOptions,
  io: Io,
): Promise<TenantReport<unknown>> {
  const target = await resolveTarget(options, io);
  const tenants = await selectedTenants(target, options);
  const signal = io.signal ?? new AbortController().signal;
  const shown = progressOn(io.stderr, 'tenant');
  let done = 0;
  try {
    return await withRegistry(target, (registry) =>
      forEachTenant(
        { list: async () => ({ tenants, next: undefined }) },
        async (tenant) => {
          const dataSource = registry.for(tenant);
          try {
            return await script({ tenant, dataSource, manager: dataSource.manager, signal });
          } finally {
            done += 1;
            shown.show({ done, total: tenants.length });
          }
        },
        { status: 'any', concurrency: options.concurrency, signal },
      ),
    );
  } finally {
    shown.end();
  }
}

async function selectedTenants({ owner }: Target, options: RunOptions): Promise<Tenant[]> {
  const pool = new pg.Pool(withFields(owner, { max: 1, connectionTimeoutMillis: 10_000 }));
  try {
    return await selectTenants(new PostgresTenantStore({ pool }), options);
  } finally {
    await pool.end();
  }
}

function reportResults({ results, ...counts }: TenantReport<unknown>, options: RunOptions, io: Io): void {
  const lines = results.map((result) => ({
    tenant: result.slug,
    status: result.status,
    ...(result.status === 'ok' && result.value !== undefined && { value: result.value }),
    ...(result.status === 'failed' && { error: messageOf(result.error) }),
  }));
  const failures = lines.flatMap(({ tenant, error }) =>
    error === undefined ? [] : [`✗ ${tenant}: ${onOneLine(error)}`],
  );
  const summary = `${counts.succeeded} succeeded, ${counts.failed} failed, ${counts.skipped} skipped.`;
  report(io, options, { ...counts, results: lines }, [...failures, summary].join('\n'));
}
