import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { TENANT_ISOLATIONS, type TenantIsolation } from '@rowhouse/core';
import { counted } from '@rowhouse/core/internal';
import type { ArchiveReading, RecordKind } from '@rowhouse/transfer';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { recordsOf } from '../../target/tenant-records.js';
import { controlOf } from '../tenants/life-control.js';
import { identitiesOf, keyIn, several } from './archive-keys.js';
import { type CopyFlags, copyOptionsOf, textOfTransfer, withCopyFlags } from './copy-flags.js';
import { contentsOf, type FilesFlags, textOfContents, withoutFiles } from './files-flag.js';
import { textOfRecords, withInclude } from './include-flag.js';
import { withTransferProgress } from './transfer-progress.js';

interface ImportOptions extends TargetOptions, CopyFlags, FilesFlags {
  readonly into?: string;
  readonly json?: boolean;
  readonly slug?: string;
  readonly name?: string;
  readonly plan?: string;
  readonly isolation?: TenantIsolation;
  readonly placement?: string;
  readonly suspended?: boolean;
  readonly include?: readonly RecordKind[];
  readonly identity?: readonly string[];
  readonly trustedKey?: readonly string[];
}

const HELP = `
The whole archive is checked before anything is made; with --trusted-key it is refused unless one of the keys has signed
it. What is left out is as in the archive; the id is new. Rows of an older release are migrated. With --into the rows go to
a tenant that is there, all or nothing, while it serves requests. Exit status: 0; 1 when it was refused, failed or was
interrupted, and then nothing is left of it (after a crash, rowhouse tenants repair removes it); 2 when the command could
not start.

Examples:
  $ rowhouse import acme.tar.gz --dry-run
  $ rowhouse import acme.tar.gz --slug acme-staging
  $ rowhouse import acme.tar.gz --slug acme-own --isolation database
  $ rowhouse import acme.tar.gz --slug acme-two --include settings,members --suspended
  $ rowhouse import acme.tar.gz --into globex --table orders --on-conflict skip
  $ rowhouse import acme.tar.gz.age --identity key.txt --trusted-key pub.pem
`;

export function addImport(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withoutFiles(
    withInclude(withCopyFlags(withTarget(program.command('import'))), 'what of the archive goes along'),
  )
    .description('makes a new tenant of an archive, or adds its rows to one')
    .argument('<file>', 'what rowhouse export has written')
    .option('--into <tenant>', 'a tenant that is there, by slug or id, instead of a new one')
    .option('--slug <slug>', 'the slug of the new tenant')
    .option('--name <name>', 'the name of the new tenant')
    .option('--plan <plan>', 'the plan of the new tenant')
    .addOption(new Option('--isolation <kind>', 'the isolation of the new tenant').choices(TENANT_ISOLATIONS))
    .option('--placement <name>', 'the placement that holds the data of the new tenant')
    .option('--suspended', 'it serves no request and runs no jobs until rowhouse tenants activate')
    .option('--identity <file>', 'opens it with the secret keys of age in a file; may be repeated', several)
    .option(
      '--trusted-key <file>',
      'takes only what this key has signed (Ed25519, PEM); may be repeated',
      several,
    )
    .option(
      '--dry-run',
      'checks the archive, shows what it holds (with --into: the conflicts), and writes nothing',
    )
    .addHelpText('after', HELP)
    .action(async (file, options) => done(await importOne(resolve(io.cwd, file), options, io)));
}

async function importOne(path: string, options: ImportOptions, io: Io): Promise<ExitCode> {
  if (!existsSync(path)) throw new UnusableError(`There is no file ${path}.`);
  const { into, slug, name, plan, isolation, placement, suspended } = options;
  const reading = {
    identities: identitiesOf(options.identity, io.cwd),
    trustedKeys: options.trustedKey?.map((file) => keyIn(file, io.cwd)),
  };
  const given = Object.fromEntries(
    Object.entries({ slug, name, plan, isolation, placement, suspended }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  if (into !== undefined) {
    const [first] = Object.keys(given);
    if (first) throw new UnusableError(`--${first} is for a new tenant, and --into for one that is there.`);
    return importRows(path, into, reading, options, io);
  }
  if (options.table || options.onConflict || options.dependencies === false)
    throw new UnusableError('--table, --no-dependencies and --on-conflict go with --into.');
  if (options.dryRun) return show(path, reading, options, io);
  const { by, onStep } = controlOf(io);
  const result = await withFleet(
    options,
    io,
    { app: true, movesRows: true },
    async (fleet, target, catalog) => {
      const records = options.include && (await recordsOf(target, catalog));
      const { importTenant } = await import('@rowhouse/transfer');
      return withTransferProgress(io, (control) =>
        importTenant(fleet, path, given, {
          ...control,
          ...reading,
          ...contentsOf(options),
          include: options.include,
          records,
          by,
          onStep,
        }),
      );
    },
  );
  const { tenant, rows, tables } = result;
  report(
    io,
    options,
    result,
    `Tenant ${tenant.slug} is ${tenant.status}, with ${counted(rows, 'row')} of ${counted(tables, 'table')}.${textOfContents(result.contents)}${textOfRecords(result.records)}`,
  );
  return EXIT.ok;
}

async function importRows(
  path: string,
  into: string,
  reading: ArchiveReading,
  options: ImportOptions,
  io: Io,
): Promise<ExitCode> {
  const result = await withFleet(
    options,
    io,
    { app: true, movesRows: true },
    async (fleet, target, catalog) => {
      const records = options.include && (await recordsOf(target, catalog));
      const { importInto } = await import('@rowhouse/transfer');
      return withTransferProgress(io, (control) =>
        importInto(fleet, path, into, copyOptionsOf(options), {
          ...reading,
          ...control,
          ...contentsOf(options),
          include: options.include,
          records,
          by: commandActor(),
        }),
      );
    },
  );
  report(
    io,
    options,
    result,
    `${textOfTransfer(result, `imported into ${into}`)}${textOfContents(result.contents)}${textOfRecords(result.records)}`,
  );
  return EXIT.ok;
}

async function show(
  path: string,
  reading: ArchiveReading,
  options: ImportOptions,
  io: Io,
): Promise<ExitCode> {
  const { verifyArchive } = await import('@rowhouse/transfer');
  const {
    head,
    end,
    records: found,
    contents,
    rows,
    bytes,
    signedWith,
  } = await verifyArchive(path, io.signal, reading);
  const { tenant, takenAt, history, writtenBy } = head;
  const tables = head.tables.map(({ name }, index) => ({ name, rows: end.tables[index]?.rows ?? 0 }));
  const records = Object.keys(found);
  report(
    io,
    options,
    { tenant, takenAt, writtenBy, history, tables, records, contents, rows, bytes, signedWith },
    `The archive is whole. It has ${tenant.slug} (${tenant.isolation}) at ${takenAt}: ${counted(rows, 'row')} of ${counted(tables.length, 'table')}, after ${history.at(-1) ?? 'no migration'}.${records.length > 0 ? ` It has ${records.join(', ')} too.` : ''}${textOfContents(contents)}`,
  );
  return EXIT.ok;
}
