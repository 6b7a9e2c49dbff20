import type { Command } from 'commander';
import { withFleet } from '../deployment.js';
import { EXIT, type ExitCode, type Io } from '../io.js';
import { withTarget } from '../options/target-options.js';
import { count } from '../options/values.js';
import { progressOn } from '../progress.js';
import { counted, report } from '../report.js';
import type { TargetOptions } from '../target.js';

interface RepairOptions extends TargetOptions {
  readonly json?: boolean;
  readonly tenant?: string;
  readonly undo?: boolean;
}

const REPAIR_HELP = `
Exit status: 0; 1 when a tenant could not be repaired; 2 when nothing could be done.

Examples:
  $ rowhouse tenants repair                        # after a crash: every change that did not come to its end
  $ rowhouse tenants repair --tenant acme --undo   # takes a create back
`;

const FILL_HELP = `
Exit status: 0; 1 when it failed; 2 when nothing could be done.

Examples:
  $ rowhouse tenants fill-pool 20     # after a deployment, and every few minutes
`;

export function addTenantRepair(tenants: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(tenants.command('repair'))
    .description('finishes what was interrupted')
    .option('--tenant <slug>', 'of this tenant only')
    .option('--undo', 'takes creates back instead of finishing them')
    .addHelpText('after', REPAIR_HELP)
    .action(async (options) => done(await repair(options, io)));

  withTarget(tenants.command('fill-pool'))
    .description('makes empty homes in advance, which create hands out')
    .argument('<size>', 'how many should be ready', count)
    .addHelpText('after', FILL_HELP)
    .action(async (size, options) => done(await fillPool(size, options, io)));
}

async function repair(options: RepairOptions, io: Io): Promise<ExitCode> {
  const { tenant, undo } = options;
  const result = await withFleet(options, io, { app: true }, ({ tenants }) =>
    tenants.repair({ tenant, undo }, { signal: io.signal }),
  );
  const { repaired, failed } = result;
  const lines = [
    ...repaired.map(({ slug, did }) => `✓ ${slug}: ${did}`),
    ...failed.map(({ slug, error }) => `✗ ${slug}: ${error}`),
    `${counted(repaired.length, 'tenant')} repaired, ${failed.length} failed.`,
  ];
  report(io, options, result, lines.join('\n'));
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}

async function fillPool(size: number, options: RepairOptions, io: Io): Promise<ExitCode> {
  const shown = progressOn(io.stderr, 'homes');
  try {
    const result = await withFleet(options, io, { app: true }, ({ tenants }) =>
      tenants.fillPool({ size }, { signal: io.signal, onProgress: (progress) => shown.show(progress) }),
    );
    report(io, options, result, `${counted(result.ready, 'home')} ready, ${result.made} of them new.`);
    return EXIT.ok;
  } finally {
    shown.end();
  }
}
