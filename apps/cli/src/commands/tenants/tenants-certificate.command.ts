import { counted } from '@rowhouse/core/internal';
import type { KeptCertificate } from '@rowhouse/migrations/fleet';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';

interface CertificateOptions extends TargetOptions {
  readonly json?: boolean;
}

const HELP = `
What a purge has removed, when and by whom. The JSON is {"certificate", "sha256", "jws"}: "jws" is the certificate as a JSON
Web Signature, null without a certificateKey. Exit status: 0; 2 when there is none, or the command could not start.

Examples:
  $ rowhouse tenants certificate acme
  $ rowhouse tenants certificate 0198e3a0-0000-7000-8000-000000000000 --json > acme-certificate.json
`;

export function addTenantCertificate(tenants: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(tenants.command('certificate'))
    .description('shows the certificate of the deletion of a purged tenant')
    .argument('<tenant>', 'its id, or the slug that it had')
    .addHelpText('after', HELP)
    .action(async (tenant, options) => done(await show(tenant, options, io)));
}

async function show(tenant: string, options: CertificateOptions, io: Io): Promise<ExitCode> {
  const { findDeletionCertificate } = await import('@rowhouse/migrations/fleet');
  const found = await withCatalog(options, io, (catalog) => findDeletionCertificate(catalog, tenant));
  report(io, options, found, textOf(found));
  return EXIT.ok;
}

function textOf({ certificate, sha256, jws }: KeptCertificate): string {
  const { tenant, home, tables, rows, purgedAt, by, reason, archives, audit } = certificate;
  const facts: readonly (readonly [string, string])[] = [
    ['tenant', `${tenant.slug} (${tenant.id})`],
    ['purged', `${purgedAt}${by ? ` by ${by.type} ${by.id}` : ''}${reason ? `: ${reason}` : ''}`],
    ['home', home === null ? 'shared tables' : `${tenant.isolation} ${home}`],
    ['removed', `${counted(rows, 'row')} of ${counted(tables.length, 'table')}`],
    ...tables.map((table) => ['', `${table.name}: ${table.rows ?? 'not counted'}`] as const),
    ...archives.map(({ id, expiresAt }) => ['archive', `${id} is kept until ${expiresAt}`] as const),
    ['audit', `entry ${audit.seq}, ${audit.hash}`],
    ['sha256', sha256],
    ['signed', jws === null ? 'no' : 'yes'],
  ];
  return facts.map(([name, value]) => `${name.padEnd(9)}${onOneLine(value)}`).join('\n');
}
