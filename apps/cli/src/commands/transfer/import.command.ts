import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { TENANT_ISOLATIONS, type TenantIsolation } from '@rowhouse/core';
import { counted } from '@rowhouse/core/internal';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { controlOf } from '../tenants/life-control.js';
import { withTransferProgress } from './transfer-progress.js';

interface ImportOptions extends TargetOptions {
  readonly json?: boolean;
  readonly slug?: string;
  readonly name?: string;
  readonly plan?: string;
  readonly isolation?: TenantIsolation;
  readonly placement?: string;
  readonly dryRun?: boolean;
}

const HELP = `
The whole archive is checked before anything is made. What is left out is as in the archive; the id is new. Rows of an older
release are migrated. Exit status: 0; 1 when it was refused, failed or was interrupted, and then nothing is left of it
(after a crash, rowhouse tenants repair removes it); 2 when the command could not start.

Examples:
  $ rowhouse import acme.tar.gz --dry-run
  $ rowhouse import acme.tar.gz --slug acme-staging
  $ rowhouse import acme.tar.gz --slug acme-own --isolation database
`;

export function addImport(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('import'))
    .description('makes a new tenant of an archive')
    .argument('<file>', 'what rowhouse export has written')
    .option('--slug <slug>', 'the slug of the new tenant')
    .option('--name <name>', 'its name')
    .option('--plan <plan>', 'its plan')
    .addOption(new Option('--isolation <kind>', 'its isolation').choices(TENANT_ISOLATIONS))
    .option('--placement <name>', 'the server of its database')
    .option('--dry-run', 'checks the archive, shows what it holds, and makes nothing')
    .addHelpText('after', HELP)
    .action(async (file, options) => done(await importOne(resolve(io.cwd, file), options, io)));
}

async function importOne(path: string, options: ImportOptions, io: Io): Promise<ExitCode> {
  if (!existsSync(path)) throw new UnusableError(`There is no file ${path}.`);
  if (options.dryRun) return show(path, options, io);
  const { slug, name, plan, isolation, placement } = options;
  const given = Object.fromEntries(
    Object.entries({ slug, name, plan, isolation, placement }).filter(([, value]) => value !== undefined),
  );
  const { by, onStep } = controlOf(io);
  const result = await withFleet(options, io, { app: true }, async (fleet) => {
    const { importTenant } = await import('@rowhouse/transfer');
    return withTransferProgress(io, (control) =>
      importTenant(fleet, path, given, { ...control, by, onStep }),
    );
  });
  const { tenant, rows, tables } = result;
  report(
    io,
    options,
    result,
    `Tenant ${tenant.slug} is ${tenant.status}, with ${counted(rows, 'row')} of ${counted(tables, 'table')}.`,
  );
  return EXIT.ok;
}

async function show(path: string, options: ImportOptions, io: Io): Promise<ExitCode> {
  const { verifyArchive } = await import('@rowhouse/transfer');
  const { head, end, rows, bytes } = await verifyArchive(path, io.signal);
  const { tenant, takenAt, history, writtenBy } = head;
  const tables = head.tables.map(({ name }, index) => ({ name, rows: end.tables[index]?.rows ?? 0 }));
  report(
    io,
    options,
    { tenant, takenAt, writtenBy, history, tables, rows, bytes },
    `The archive is whole. It has ${tenant.slug} (${tenant.isolation}) at ${takenAt}: ${counted(rows, 'row')} of ${counted(tables.length, 'table')}, after ${history.at(-1) ?? 'no migration'}.`,
  );
  return EXIT.ok;
}
