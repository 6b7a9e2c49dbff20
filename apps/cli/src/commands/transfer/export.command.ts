import { resolve } from 'node:path';
import { counted } from '@rowhouse/core/internal';
import type { ArchiveCompression, ArchiveWriting, RecordKind, TableFormat } from '@rowhouse/transfer';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { recordsOf } from '../../target/tenant-records.js';
import { keyIn, recipientsOf, several } from './archive-keys.js';
import { contentsOf, type FilesFlags, textOfContents, withoutFiles } from './files-flag.js';
import { withInclude } from './include-flag.js';
import { withTransferProgress } from './transfer-progress.js';

interface ExportOptions extends TargetOptions, FilesFlags {
  readonly json?: boolean;
  readonly to?: string;
  readonly format: 'archive' | TableFormat;
  readonly compression?: ArchiveCompression;
  readonly recipient?: readonly string[];
  readonly sign?: string;
  readonly include?: readonly RecordKind[];
}

const HELP = `
All rows, read in one snapshot while the application goes on, the files that they name, where the config says where these
are (companions), and what --include names. Secret settings go along in
encrypted archives only. The default is an archive: one file, which rowhouse import
reads; it is encrypted when there is a recipient (age, age-encryption.org). csv and ndjson are a folder with a file for each
table, sql is a script for psql; these hold rows only, and are not encrypted. Exit status: 0; 1 when it failed or was
interrupted, and then there is no file; 2 when the command could not start.

Examples:
  $ rowhouse export acme
  $ rowhouse export acme --to /var/backups/acme.tar.gz
  $ rowhouse export acme --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p --sign key.pem
  $ rowhouse export acme --include settings,domains,members,overrides
  $ rowhouse export acme --format csv --to acme-csv
  $ rowhouse import /var/backups/acme.tar.gz --slug acme-staging
`;

export function addExport(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withoutFiles(withInclude(withTarget(program.command('export')), 'what goes along that the catalog keeps'))
    .description("writes a tenant's data to an archive")
    .argument('<tenant>', 'slug or id')
    .option(
      '--to <path>',
      'the file or folder, which must not exist (default: <slug>-<time>, with an ending)',
    )
    .addOption(
      new Option('--format <format>', 'what is written')
        .choices(['archive', 'csv', 'ndjson', 'sql'])
        .default('archive'),
    )
    .addOption(new Option('--compression <kind>', 'of the archive (default: gzip)').choices(['gzip', 'zstd']))
    .option('--recipient <key>', 'encrypts for this key of age, or those in a file; may be repeated', several)
    .option('--sign <file>', 'signs with this private key (Ed25519, PEM)')
    .addHelpText('after', HELP)
    .action(async (tenant, options) => done(await exportOne(tenant, options, io)));
}

async function exportOne(slugOrId: string, options: ExportOptions, io: Io): Promise<ExitCode> {
  const { format } = options;
  const writing = writingOf(options, io);
  const result = await withFleet(
    options,
    io,
    { app: false, movesRows: true },
    async (fleet, target, catalog) => {
      const { archiveNameOf, exportTables, exportToFile } = await import('@rowhouse/transfer');
      const tenant = await fleet.tenants.find(slugOrId);
      const name =
        format === 'archive' ? archiveNameOf(tenant, new Date(), writing) : tablesNameOf(tenant.slug, format);
      const path = resolve(io.cwd, options.to ?? name);
      const included = options.include && {
        include: options.include,
        records: await recordsOf(target, catalog),
      };
      const written = await withTransferProgress(io, (control) =>
        format === 'archive'
          ? exportToFile(fleet, tenant, path, { ...control, ...writing, ...included, ...contentsOf(options) })
          : exportTables(fleet, tenant, path, { ...control, format }),
      );
      return { slug: tenant.slug, path, ...written };
    },
  );
  const { slug, path, rows, tables, largeObjects, largeObjectsLeftOut, records, contents, secretsLeftOut } =
    result;
  const objects = largeObjects > 0 ? ` and ${counted(largeObjects, 'large object')}` : '';
  const leftOut = [
    ...(largeObjectsLeftOut > 0 ? [counted(largeObjectsLeftOut, 'large object')] : []),
    ...(secretsLeftOut.length > 0
      ? [`the secret settings ${secretsLeftOut.join(', ')}, which only encrypted archives have`]
      : []),
  ];
  report(
    io,
    options,
    result,
    `${slug}: ${counted(rows, 'row')} of ${counted(tables.length, 'table')}${objects} are in ${path}${records.length > 0 ? `, with ${records.join(', ')}` : ''}.${textOfContents(contents)}${leftOut.length > 0 ? ` Left out: ${leftOut.join('; ')}.` : ''}`,
  );
  return EXIT.ok;
}

/** @throws {UnusableError} for what only archives have. */
function writingOf(
  { format, compression, recipient, sign, include, withoutFiles }: ExportOptions,
  io: Io,
): ArchiveWriting {
  if (format !== 'archive' && (compression ?? recipient ?? sign ?? include ?? withoutFiles) !== undefined)
    throw new UnusableError(
      '--compression, --recipient, --sign, --include and --without-files are for archives.',
    );
  return {
    compression,
    recipients: recipientsOf(recipient, io.cwd),
    signWith: sign === undefined ? undefined : keyIn(sign, io.cwd),
  };
}

/** `acme-2026-01-31T12-00-00-000Z-csv`, or `….sql` */
function tablesNameOf(slug: string, format: TableFormat): string {
  const at = new Date().toISOString().replace(/[:.]/g, '-');
  return `${slug}-${at}${format === 'sql' ? '.sql' : `-${format}`}`;
}
