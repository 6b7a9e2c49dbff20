import { resolve } from 'node:path';
import { counted } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { withTransferProgress } from './transfer-progress.js';

interface ExportOptions extends TargetOptions {
  readonly json?: boolean;
  readonly to?: string;
}

const HELP = `
One file with all rows, read in one snapshot while the application goes on. It is not encrypted. Exit status: 0; 1 when it
failed or was interrupted, and then there is no file; 2 when the command could not start.

Examples:
  $ rowhouse export acme
  $ rowhouse export acme --to /var/backups/acme.tar.gz
  $ rowhouse import /var/backups/acme.tar.gz --slug acme-staging
`;

export function addExport(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('export'))
    .description("writes a tenant's data to an archive")
    .argument('<tenant>', 'slug or id')
    .option('--to <file>', 'the file, which must not exist (default: <slug>-<time>.tar.gz)')
    .addHelpText('after', HELP)
    .action(async (tenant, options) => done(await exportOne(tenant, options, io)));
}

async function exportOne(slugOrId: string, options: ExportOptions, io: Io): Promise<ExitCode> {
  const result = await withFleet(options, io, { app: false }, async (fleet) => {
    const { archiveNameOf, exportToFile } = await import('@rowhouse/transfer');
    const tenant = await fleet.tenants.find(slugOrId);
    const path = resolve(io.cwd, options.to ?? archiveNameOf(tenant, new Date()));
    const written = await withTransferProgress(io, (control) => exportToFile(fleet, tenant, path, control));
    return { slug: tenant.slug, path, ...written };
  });
  const { slug, path, rows, tables } = result;
  report(
    io,
    options,
    result,
    `${slug}: ${counted(rows, 'row')} of ${counted(tables.length, 'table')} are in ${path}.`,
  );
  return EXIT.ok;
}
