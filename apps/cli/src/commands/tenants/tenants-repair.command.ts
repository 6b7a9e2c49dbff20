import { counted } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { countOrZero, list } from '../../options/values.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { progressOn } from '../../shell/progress.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { controlOf } from './life-control.js';

interface RepairOptions extends TargetOptions {
  readonly json?: boolean;
  readonly tenant?: readonly string[];
  readonly undo?: boolean;
  readonly yes?: boolean;
}

const REPAIR_HELP = `
Exit status: 0; 1 when a tenant could not be repaired; 2 when the command could not start.

Examples:
  $ rowhouse tenants repair                        # after a crash: finishes every interrupted operation
  $ rowhouse tenants repair --tenant acme --undo
`;

const PREWARM_HELP = `
Exit status: 0; 1 when fewer homes are ready; 2 when the command could not start.

Examples:
  $ rowhouse tenants prewarm 20     # after a deployment, and every few minutes
`;

export function addTenantRepair(tenants: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(tenants.command('repair'))
    .description('finishes interrupted operations on tenants')
    .option('--tenant <slugs>', 'only for these tenants; separate slugs with commas', list)
    .option('--undo', 'removes tenants whose creation did not finish, with their data')
    .option('--yes', 'with --undo: does not ask for confirmation')
    .addHelpText('after', REPAIR_HELP)
    .action(async (options) => done(await repair(options, io)));

  withTarget(tenants.command('prewarm'))
    .description('builds empty homes in advance, so that create is fast')
    .argument('<size>', 'how many homes to keep ready', countOrZero)
    .addHelpText('after', PREWARM_HELP)
    .action(async (size, options) => done(await prewarm(size, options, io)));
}

async function repair(options: RepairOptions, io: Io): Promise<ExitCode> {
  const { tenant, undo } = options;
  if (undo) await confirm('Remove tenants whose creation did not finish?', options, io);
  const what = { undo, ...(tenant && { tenants: tenant }) };
  const result = await withFleet(options, io, { app: true }, ({ tenants }) =>
    tenants.repair(what, controlOf(io)),
  );
  const { repaired, failed, busy } = result;
  const lines = [
    ...repaired.map(({ slug, did }) => `✓ ${slug}: ${did}`),
    ...busy.map((slug) => `  ${slug}: another process is working on it`),
    ...failed.map(({ slug, error }) => `✗ ${slug}: ${onOneLine(error)}`),
    `${counted(repaired.length, 'tenant')} repaired, ${failed.length} failed.`,
  ];
  report(io, options, result, lines.join('\n'));
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}

async function prewarm(size: number, options: RepairOptions, io: Io): Promise<ExitCode> {
  const shown = progressOn(io.stderr, 'home');
  try {
    const result = await withFleet(options, io, { app: true }, ({ tenants }) =>
      tenants.prewarm(
        { size },
        { signal: io.signal, onProgress: (done, total) => shown.show({ done, total }) },
      ),
    );
    shown.end();
    report(io, options, result, `${counted(result.ready, 'home')} ready, ${result.made} new.`);
    return result.ready < size ? EXIT.failed : EXIT.ok;
  } finally {
    shown.end();
  }
}
