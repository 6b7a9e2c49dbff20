import { counted } from '@rowhouse/core/internal';
import { type Command, InvalidArgumentError } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { longDurationMs } from '../../options/values.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { controlOf } from './life-control.js';

interface ExpiryOptions extends TargetOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
}

const EXPIRY_HELP = `
Only tenants that rowhouse clone has made can expire. Exit status: 0; 1 when it is no clone; 2 when there is no such tenant.

Examples:
  $ rowhouse tenants expiry acme-staging 7d
  $ rowhouse tenants expiry acme-staging never
`;

const REMOVE_HELP = `
Clones whose time is over are deleted and purged with all their data. An application with TenancyMigrationModule does so
itself. Exit status: 0; 1 when one could not be removed; 2 when the command could not start.

Examples:
  $ rowhouse tenants remove-expired --yes     # every hour
`;

export function addTenantExpiry(tenants: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(tenants.command('expiry'))
    .description('changes when a clone expires')
    .argument('<tenant>', 'slug or id')
    .argument('<when>', 'in how long: 12h, 7d; or never', untilExpiry)
    .addHelpText('after', EXPIRY_HELP)
    .action(async (tenant, when, options) => done(await setExpiry(tenant, when, options, io)));

  withTarget(tenants.command('remove-expired'))
    .description('permanently removes clones whose time is over')
    .option('--yes', 'does not ask for confirmation')
    .addHelpText('after', REMOVE_HELP)
    .action(async (options) => done(await removeExpired(options, io)));
}

/** Milliseconds, or `null` for never. */
function untilExpiry(text: string): number | null {
  if (text === 'never') return null;
  try {
    return longDurationMs(text);
  } catch {
    throw new InvalidArgumentError('Expected a duration with its unit, or never: 12h, 7d.');
  }
}

async function setExpiry(
  slugOrId: string,
  when: number | null,
  options: ExpiryOptions,
  io: Io,
): Promise<ExitCode> {
  const expiresAt = when === null ? null : new Date(Date.now() + when);
  const clone = await withFleet(options, io, { app: false }, ({ tenants }) =>
    tenants.setExpiry(slugOrId, expiresAt, controlOf(io)),
  );
  report(io, options, clone, `Tenant ${slugOrId} expires ${expiresAt?.toISOString() ?? 'never'}.`);
  return EXIT.ok;
}

async function removeExpired(options: ExpiryOptions, io: Io): Promise<ExitCode> {
  await confirm('Purge every clone whose time is over?', options, io);
  const { purged, failed } = await withFleet(options, io, { app: false }, ({ tenants }) =>
    tenants.removeExpired(controlOf(io)),
  );
  const lines = [
    ...purged.map((slug) => `✓ ${slug}`),
    ...failed.map(({ slug, error }) => `✗ ${slug}: ${onOneLine(error)}`),
    `${counted(purged.length, 'clone')} removed, ${failed.length} failed.`,
  ];
  report(io, options, { purged, failed }, lines.join('\n'));
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}
