import { TENANT_ISOLATIONS, type TenantIsolation } from '@rowhouse/core';
import { counted } from '@rowhouse/core/internal';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { pastMoment } from '../../options/values.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { controlOf } from '../tenants/life-control.js';
import { contentsOf, type FilesFlags, textOfContents, withoutFiles } from '../transfer/files-flag.js';
import { withTransferProgress } from '../transfer/transfer-progress.js';

interface RewindOptions extends TargetOptions, FilesFlags {
  readonly json?: boolean;
  readonly at: Date;
  readonly slug?: string;
  readonly isolation?: TenantIsolation;
  readonly active?: boolean;
}

const HELP = `
The tenant itself is not changed. The new one is suspended: diff, take-back and export read it; requests and jobs wait
for rowhouse tenants activate. It needs a journal that leads back to the moment: rowhouse journal enable. Times are in
UTC. Exit status: 0; 1 when it was refused, failed or was interrupted, and then nothing is left of it (after a crash,
rowhouse tenants repair removes it); 2 when the command could not start.

Examples:
  $ rowhouse journal enable acme
  $ rowhouse rewind acme --at 14:30
  $ rowhouse rewind acme --at 2026-11-27T14:30:00Z --slug acme-yesterday
  $ rowhouse take-back acme --from acme-yesterday --table orders
`;

export function addRewind(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withoutFiles(withTarget(program.command('rewind')))
    .description('makes a new tenant of another as it was at a moment')
    .argument('<tenant>', 'slug or id')
    .requiredOption(
      '--at <time>',
      'the moment: 2026-01-31T12:00:00Z, or 14:30 for the last time it was so',
      pastMoment,
    )
    .option('--slug <slug>', 'the slug of the new tenant (default: <slug>-at-<date>-<time>)')
    .addOption(
      new Option('--isolation <kind>', 'its isolation (default: as the tenant, a schema for row)').choices(
        TENANT_ISOLATIONS,
      ),
    )
    .option(
      '--active',
      'it serves requests and runs jobs, beside the one that is there (default: it is suspended)',
    )
    .addHelpText('after', HELP)
    .action(async (tenant, options) => done(await rewind(tenant, options, io)));
}

async function rewind(slugOrId: string, options: RewindOptions, io: Io): Promise<ExitCode> {
  const { at, slug, isolation, active } = options;
  const { by, onStep } = controlOf(io);
  const result = await withFleet(options, io, { app: true }, async (fleet) => {
    const { rewindTenant } = await import('@rowhouse/transfer');
    const tenant = await fleet.tenants.find(slugOrId);
    const given = {
      ...(slug !== undefined && { slug }),
      ...(isolation && { isolation }),
      ...(active && { suspended: false }),
    };
    return withTransferProgress(io, (control) =>
      rewindTenant(fleet, tenant, at, given, { ...control, ...contentsOf(options), by, onStep }),
    );
  });
  const { tenant, rows, tables } = result;
  report(
    io,
    options,
    result,
    `Tenant ${tenant.slug} is ${tenant.status}, with ${counted(rows, 'row')} of ${counted(tables, 'table')} as of ${at.toISOString()}.${textOfContents(result.contents)}`,
  );
  return EXIT.ok;
}
