import { AUDIT_FORMATS, Audit, type AuditFilter, type AuditFormat } from '@rowhouse/admin/services';
import { isTenantId, PostgresTenantStore } from '@rowhouse/core';
import { counted, findTenant } from '@rowhouse/core/internal';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count, moment, upTo1000 } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { printLines } from '../../shell/print.js';
import { progressOn } from '../../shell/progress.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';
import { entriesText, verificationText } from './audit-text.js';

interface JsonOption {
  readonly json?: boolean;
}

interface FilterOptions extends TargetOptions, JsonOption {
  readonly tenant?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly from?: Date;
  readonly to?: Date;
}

interface ListOptions extends FilterOptions {
  readonly limit: number;
  readonly after?: number;
}

interface ExportOptions extends FilterOptions {
  readonly format: AuditFormat;
}

interface RetainOptions extends TargetOptions, JsonOption {
  readonly before: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

const LIST_HELP = `
The JSON is {"entries": [...], "next"?}: "next" is the --after of the next page. Exit status: 0; 2 when the command could
not start.

Examples:
  $ rowhouse audit list --tenant acme
  $ rowhouse audit list --action api_key. --from 2026-01-01 --json
`;

const VERIFY_HELP = `
Keep the head that it prints elsewhere: whoever may change everything in the database can make another chain.
Exit status: 0; 1 when the chain is broken; 2 when the command could not start.

Examples:
  $ rowhouse audit verify
  $ rowhouse audit verify --json
`;

const EXPORT_HELP = `
Oldest first, to stdout. --json is the same as --format ndjson. Exit status: 0; 1 when it was interrupted; 2 when the
command could not start.

Examples:
  $ rowhouse audit export > audit.ndjson
  $ rowhouse audit export --format csv --tenant acme --from 2026-01-01 > acme.csv
`;

const RETAIN_HELP = `
Removes the months that have ended before the day; the rest can still be verified. Exit status: 0; 2 when the command could
not start.

Examples:
  $ rowhouse audit export --to 2025-01-01 > audit-until-2025.ndjson
  $ rowhouse audit retain --before 2025-01-01 --reason 'retention of one year' --yes
`;

/** The commands of the audit trail. */
export function addAudit(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const audit = program.command('audit').description('shows and verifies who changed what');
  withFilter(withTarget(audit.command('list')))
    .description('lists entries, newest first')
    .option('--limit <n>', 'the size of a page, up to 1000', upTo1000, 50)
    .option('--after <seq>', 'continues after a page: its "next"', count)
    .addHelpText('after', LIST_HELP)
    .action(async (options) => done(await list(options, io)));

  withTarget(audit.command('verify'))
    .description('finds entries that were changed, removed or forged')
    .addHelpText('after', VERIFY_HELP)
    .action(async (options) => done(await verify(options, io)));

  withFilter(withTarget(audit.command('export')))
    .description('writes entries to stdout, one a line')
    .addOption(new Option('--format <format>', 'the format').choices(AUDIT_FORMATS).default('ndjson'))
    .addHelpText('after', EXPORT_HELP)
    .action(async (options) => done(await exportEntries(options, io)));

  withTarget(audit.command('retain'))
    .description('removes old entries')
    .requiredOption('--before <day>', 'removes the months that have ended before this day: 2026-01-01')
    .option('--reason <text>', 'why; it is recorded')
    .option('--yes', 'does not ask for confirmation')
    .addHelpText('after', RETAIN_HELP)
    .action(async (options) => done(await retain(options, io)));
}

function withFilter(command: Command): Command {
  return command
    .option('--tenant <tenant>', 'of this tenant: slug or id; a purged one by its id')
    .option('--actor <id>', 'by this actor')
    .option('--action <prefix>', 'whose action begins so: tenant., api_key.created')
    .option('--from <time>', 'from this moment on: 2026-01-31, 2026-01-31T12:00:00Z', moment)
    .option('--to <time>', 'before this moment', moment);
}

async function list(options: ListOptions, io: Io): Promise<ExitCode> {
  const { limit, after } = options;
  const found = await withCatalog(options, io, async (catalog) => {
    const filter = await filterOf(options, new PostgresTenantStore({ pool: catalog }));
    return new Audit(catalog).list({ ...filter, limit: limit + 1, after });
  });
  const entries = found.slice(0, limit);
  const next = found.length > limit ? entries.at(-1)?.seq : undefined;
  const more = next === undefined ? '' : `\n\nMore: --after ${next}`;
  report(io, options, { entries, ...(next !== undefined && { next }) }, entriesText(entries) + more);
  return EXIT.ok;
}

async function verify(options: TargetOptions & JsonOption, io: Io): Promise<ExitCode> {
  const progress = progressOn(io.stderr, 'record');
  const found = await withCatalog(options, io, (catalog) =>
    new Audit(catalog).verify({ signal: io.signal, onProgress: (state) => progress.show(state) }),
  ).finally(() => progress.end());
  report(io, options, found, verificationText(found));
  return found.isIntact ? EXIT.ok : EXIT.failed;
}

async function exportEntries(options: ExportOptions, io: Io): Promise<ExitCode> {
  const format = options.json ? 'ndjson' : options.format;
  await withCatalog(options, io, async (catalog) => {
    const filter = await filterOf(options, new PostgresTenantStore({ pool: catalog }));
    await printLines(io.stdout, new Audit(catalog).lines(format, filter, { signal: io.signal }));
  });
  return EXIT.ok;
}

async function retain(options: RetainOptions, io: Io): Promise<ExitCode> {
  const { before, reason } = options;
  await confirm(`Remove the audit entries of months that have ended before ${before}?`, options, io);
  const done = await withCatalog(options, io, (catalog) =>
    new Audit(catalog).dropBefore(before, { by: commandActor(), reason }),
  );
  report(io, options, done, `${counted(done.entries, 'entry', 'entries')} removed.`);
  return EXIT.ok;
}

async function filterOf(options: FilterOptions, store: PostgresTenantStore): Promise<AuditFilter> {
  const { tenant, actor, action, from, to } = options;
  return {
    ...(tenant !== undefined && { tenant: await idOf(tenant, store) }),
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

/** A purged tenant has an id, and no slug any more. */
async function idOf(slugOrId: string, store: PostgresTenantStore): Promise<string> {
  return isTenantId(slugOrId) ? slugOrId : (await findTenant(store, slugOrId)).id;
}
