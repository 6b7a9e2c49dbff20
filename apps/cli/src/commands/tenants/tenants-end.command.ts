import { resolve } from 'node:path';
import { counted } from '@rowhouse/core/internal';
import type { DeletionCertificate } from '@rowhouse/migrations/fleet';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { countOrZero } from '../../options/values.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { report } from '../../shell/report.js';
import { sizeText } from '../../shell/size-text.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { controlOf } from './life-control.js';

interface DeleteOptions extends TargetOptions {
  readonly json?: boolean;
  /** Days. */
  readonly retention?: number;
}

interface PurgeOptions extends TargetOptions {
  readonly json?: boolean;
  readonly confirm?: string;
  readonly export?: string;
  readonly now?: boolean;
  readonly expired?: boolean;
  readonly yes?: boolean;
}

const DELETE_HELP = `
The data is kept until the tenant is purged, which is possible when the retention has ended. Exit status: 0; 1 when the
tenant's status does not allow it; 2 when there is no such tenant.

Examples:
  $ rowhouse tenants delete acme
  $ rowhouse tenants delete acme --retention 90
  $ rowhouse tenants restore acme
`;

const PURGE_HELP = `
Only a deleted tenant can be purged. Run the command again to continue an interrupted purge. Exit status: 0; 1 when it
failed, or the tenant may not be purged yet; 2 when the command could not start.

Examples:
  $ rowhouse tenants purge acme --confirm acme --export /var/backups/tenants
  $ rowhouse tenants purge acme --confirm acme --now     # before the retention ends
  $ rowhouse tenants purge --expired --yes               # every night
`;

export function addTenantEnd(tenants: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(tenants.command('delete'))
    .description('takes a tenant out of service and keeps its data for a while')
    .argument('<slug>')
    .option('--retention <days>', 'days before it may be purged (default: 30)', countOrZero)
    .addHelpText('after', DELETE_HELP)
    .action(async (slug, options) => done(await remove(slug, options, io)));

  withTarget(tenants.command('restore'))
    .description('restores a deleted tenant')
    .argument('<slug>')
    .addHelpText('after', DELETE_HELP)
    .action(async (slug, options) => done(await restore(slug, options, io)));

  withTarget(tenants.command('purge'))
    .description('permanently removes a deleted tenant and its data')
    .argument('[slug]')
    .option('--confirm <slug>', 'the slug again, as a confirmation')
    .option('--export <folder>', 'exports the data to this folder first')
    .option('--now', 'purges before the retention has ended')
    .option('--expired', 'purges every tenant whose retention has ended')
    .option('--yes', 'with --expired: does not ask for confirmation')
    .addHelpText('after', PURGE_HELP)
    .action(async (slug, options) => done(await purge(slug, options, io)));
}

async function remove(slug: string, options: DeleteOptions, io: Io): Promise<ExitCode> {
  const { retention: retentionDays } = options;
  const deleted = await withFleet(options, io, { app: false }, ({ tenants }) =>
    tenants.delete(slug, { retentionDays }, controlOf(io)),
  );
  const until = deleted.purgeAfter.toISOString();
  report(
    io,
    options,
    deleted,
    `Tenant ${slug} is deleted. It can be purged after ${until}. To restore it: rowhouse tenants restore ${slug}`,
  );
  return EXIT.ok;
}

async function restore(slug: string, options: DeleteOptions, io: Io): Promise<ExitCode> {
  const tenant = await withFleet(options, io, { app: true }, ({ tenants }) =>
    tenants.restore(slug, controlOf(io)),
  );
  report(io, options, tenant, `Tenant ${slug} is ${tenant.status}.`);
  return EXIT.ok;
}

async function purge(slug: string | undefined, options: PurgeOptions, io: Io): Promise<ExitCode> {
  if ((slug === undefined) === !options.expired) {
    throw new UnusableError('Give the slug of one tenant, or --expired.');
  }
  return slug === undefined ? purgeExpired(options, io) : purgeOne(slug, options, io);
}

async function purgeOne(slug: string, options: PurgeOptions, io: Io): Promise<ExitCode> {
  if (options.confirm !== slug) {
    throw new UnusableError(`A purge cannot be undone. Give --confirm ${slug}.`);
  }
  const how = { confirm: slug, exportTo: exportFolder(options, io), beforeRetentionEnds: options.now };
  const result = await withFleet(options, io, { app: false }, ({ tenants }) =>
    tenants.purge(slug, how, controlOf(io)),
  );
  const exported = result.exportedTo === undefined ? '' : ` Its data is in ${result.exportedTo}.`;
  const { rows, tables, contents, tenant } = result.certificate.certificate;
  const removed = `${counted(rows, 'row')} of ${counted(tables.length, 'table')}`;
  report(
    io,
    options,
    { slug, ...result },
    `Tenant ${slug} is purged: ${removed}.${removedText(contents)}${exported} Its certificate: rowhouse tenants certificate ${tenant.id}`,
  );
  return EXIT.ok;
}

function removedText(contents: DeletionCertificate['contents']): string {
  return contents
    .map(({ name, objects, bytes }) =>
      objects === null || bytes === null
        ? ` The contents of its ${name} were left where they are: the config does not say where that is (companions).`
        : ` ${counted(objects, name.replace(/s$/, ''), name)} (${sizeText(bytes)}) are removed.`,
    )
    .join('');
}

async function purgeExpired(options: PurgeOptions, io: Io): Promise<ExitCode> {
  await confirm('Purge every deleted tenant whose retention has ended?', options, io);
  const { purged, failed } = await withFleet(options, io, { app: false }, ({ tenants }) =>
    tenants.purgeExpired({ exportTo: exportFolder(options, io) }, controlOf(io)),
  );
  const lines = [
    ...purged.map((slug) => `✓ ${slug}`),
    ...failed.map(({ slug, error }) => `✗ ${slug}: ${onOneLine(error)}`),
    `${counted(purged.length, 'tenant')} purged, ${failed.length} failed.`,
  ];
  report(io, options, { purged, failed }, lines.join('\n'));
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}

function exportFolder(options: PurgeOptions, { cwd }: Io): string | undefined {
  return options.export === undefined ? undefined : resolve(cwd, options.export);
}
