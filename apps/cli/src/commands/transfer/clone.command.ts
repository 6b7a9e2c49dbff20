import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TENANT_ISOLATIONS, type TenantIsolation } from '@rowhouse/core';
import { counted } from '@rowhouse/core/internal';
import type { ClonePlan, CloneRows, Masks, Sample } from '@rowhouse/transfer';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count, list, longDurationMs, percent } from '../../options/values.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report, table } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { controlOf } from '../tenants/life-control.js';
import { contentsOf, type FilesFlags, textOfContents, withoutFiles } from './files-flag.js';
import { withTransferProgress } from './transfer-progress.js';

interface CloneCommandOptions extends TargetOptions, FilesFlags {
  readonly json?: boolean;
  readonly mask?: string;
  /** `false` for `--no-strict`. */
  readonly strict?: boolean;
  readonly sample?: Sample;
  /** Milliseconds. */
  readonly expires?: number;
  readonly seed?: string;
  readonly isolation?: TenantIsolation;
  readonly name?: string;
  readonly plan?: string;
  readonly placement?: string;
  readonly suspended?: boolean;
  readonly dryRun?: boolean;
  readonly initMasks?: string;
}

const HELP = `
Rows go from a snapshot through the masks into the new tenant; nothing is written before it is masked. Without --mask every
value stays. The contents of files go along, but with --mask only where --with-files is given. Exit status: 0; 1 when it was
refused, failed or was interrupted, and then nothing is left of it (after a crash, rowhouse tenants repair removes it);
2 when the command could not start.

Examples:
  $ rowhouse clone acme --init-masks masks.ts      # rules to read and change, guessed by the names of columns
  $ rowhouse clone acme --mask masks.ts --dry-run
  $ rowhouse clone acme acme-staging --mask masks.ts --sample 10% --expires 7d
  $ rowhouse clone acme acme-test --mask masks.ts --sample customers=500,logs=1%
`;

export function addClone(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withoutFiles(withTarget(program.command('clone')))
    .description('makes a new tenant of the rows of another one, masked and as a sample where asked')
    .argument('<tenant>', 'slug or id of the one to clone')
    .argument('[slug]', 'the slug of the clone')
    .option('--mask <file>', 'rules for the values of columns: a TypeScript or JavaScript file')
    .option('--no-strict', 'columns with texts that no rule names stay as they are')
    .option('--sample <sizes>', 'a share of the rows (10%), or of tables: customers=500,logs=1%', sampleOf)
    .option('--expires <duration>', 'removes the clone after that: 12h, 7d', longDurationMs)
    .option('--seed <text>', 'the same seed makes the same clone; at least 16 characters, to be kept secret')
    .addOption(new Option('--isolation <kind>', 'the isolation of the clone').choices(TENANT_ISOLATIONS))
    .option('--name <name>', 'its name')
    .option('--plan <plan>', 'its plan')
    .option('--placement <name>', 'the placement that holds its data')
    .option('--with-files', 'with --mask: the contents of files go along, which no mask changes')
    .option('--suspended', 'it serves no request and runs no jobs until rowhouse tenants activate')
    .option('--dry-run', 'shows what happens to each column, counts rows, and makes nothing')
    .option('--init-masks <file>', 'writes a file of rules, which must not exist, and makes nothing')
    .addHelpText('after', HELP)
    .action(async (tenant, slug, options) => done(await clone(tenant, slug, options, io)));
}

/** `10%`, or `customers=500,logs=1%`. */
function sampleOf(text: string): Sample {
  if (!text.includes('=')) return { share: percent(text) / 100 };
  const tables = list(text).map((part) => {
    const [, name = '', size = ''] = /^(.+)=([^=]+)$/.exec(part) ?? [];
    if (name === '') throw new InvalidArgumentError('Expected 10%, or tables: customers=500,logs=1%.');
    return [name, size.endsWith('%') ? { share: percent(size) / 100 } : { rows: count(size) }] as const;
  });
  return { tables: Object.fromEntries(tables) };
}

async function clone(
  from: string,
  slug: string | undefined,
  options: CloneCommandOptions,
  io: Io,
): Promise<ExitCode> {
  if (options.initMasks !== undefined)
    return initMasks(from, resolve(io.cwd, options.initMasks), options, io);
  const { sample, seed, strict } = options;
  const masks = options.mask === undefined ? undefined : await masksIn(resolve(io.cwd, options.mask));
  const rows = withoutUndefined({ masks, sample, seed, strict: strict === false ? false : undefined });
  if (options.dryRun) return show(from, rows, options, io);
  if (slug === undefined) throw new UnusableError('Give the slug of the clone.');
  const { name, plan, isolation, placement, suspended, expires } = options;
  const expiresAt = expires === undefined ? undefined : new Date(Date.now() + expires);
  const given = withoutUndefined({ name, plan, isolation, placement, suspended, expiresAt });
  const { by, onStep } = controlOf(io);
  const result = await withFleet(options, io, { app: true, movesRows: true }, async (fleet) => {
    const { cloneTenant } = await import('@rowhouse/transfer');
    const source = await fleet.tenants.find(from);
    return withTransferProgress(io, (control) =>
      cloneTenant(
        fleet,
        source,
        { slug, ...rows, ...given },
        { ...control, ...contentsOf(options), by, onStep },
      ),
    );
  });
  const { tenant, rows: written, tables } = result;
  const until = expiresAt ? ` It expires ${expiresAt.toISOString()}.` : '';
  report(
    io,
    options,
    { ...result, expiresAt },
    `Tenant ${tenant.slug} is ${tenant.status}, with ${counted(written, 'row')} of ${counted(tables, 'table')} of ${from}${masks ? ', masked' : ', not masked'}.${textOfContents(result.contents)}${until}`,
  );
  return EXIT.ok;
}

async function show(from: string, rows: CloneRows, options: CloneCommandOptions, io: Io): Promise<ExitCode> {
  const plan = await withFleet(options, io, { app: false, movesRows: true }, async (fleet) => {
    const { planClone } = await import('@rowhouse/transfer');
    return planClone(fleet, await fleet.tenants.find(from), rows, { signal: io.signal });
  });
  report(io, options, plan, planText(plan));
  return EXIT.ok;
}

function planText({ tables, rows }: ClonePlan): string {
  const lines = tables.flatMap(({ name, rows, columns }) => [
    [name, '', '', counted(rows, 'row')],
    ...columns.map((column) => ['', column.name, column.type, column.rule ?? 'stays']),
  ]);
  return `${table(['TABLE', 'COLUMN', 'TYPE', 'WHAT'], lines)}\n\n${counted(rows, 'row')} of ${counted(tables.length, 'table')}. Nothing was made.`;
}

async function initMasks(
  from: string,
  path: string,
  options: CloneCommandOptions,
  io: Io,
): Promise<ExitCode> {
  if (existsSync(path)) throw new UnusableError(`The file ${path} is there already.`);
  const text = await withFleet(options, io, { app: false, movesRows: true }, async (fleet) => {
    const { suggestMasks } = await import('@rowhouse/transfer');
    return suggestMasks(fleet, await fleet.tenants.find(from));
  });
  writeFileSync(path, text, { flag: 'wx' });
  report(
    io,
    options,
    { path },
    `${path} has a rule for each column that could hold texts of people, guessed by its name. Read it before you use it.`,
  );
  return EXIT.ok;
}

/** What a file of rules exports by default; it is checked where it is used. */
async function masksIn(path: string): Promise<Masks> {
  if (!existsSync(path))
    throw new UnusableError(`There is no file ${path}. \`rowhouse clone <tenant> --init-masks\` writes one.`);
  const { importModule } = await import('../../config/module-loader.js');
  const { default: masks } = await importModule(path, {
    '@rowhouse/transfer': await import('@rowhouse/transfer'),
  });
  if (typeof masks !== 'object' || masks === null)
    throw new UnusableError(`${path} exports no masks: export default defineMasks({ … }).`);
  return masks as Masks;
}

type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function withoutUndefined<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
