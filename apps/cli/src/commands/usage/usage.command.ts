import { readFile } from 'node:fs/promises';
import { type Catalog, isTenantId, PostgresTenantStore } from '@rowhouse/core';
import { findTenant, messageOf } from '@rowhouse/core/internal';
import {
  type PriceList,
  USAGE_FORMATS,
  UsageCloses,
  type UsageFilter,
  type UsageFormat,
  UsageRecords,
  UsageSinks,
  usageCost,
  usageCostLines,
} from '@rowhouse/metrics/usage';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count, moment, upTo1000 } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { printJson, printLines } from '../../shell/print.js';
import { type JsonOption, report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';
import { closesText, recordsText, sinksText } from './usage-text.js';

interface FilterOptions extends TargetOptions, JsonOption {
  readonly tenant?: string;
  readonly meter?: string;
  readonly month?: string;
  readonly from?: Date;
  readonly to?: Date;
}

interface ListOptions extends FilterOptions {
  readonly limit: number;
  readonly after?: number;
}

interface ExportOptions extends FilterOptions {
  readonly format: UsageFormat;
}

interface CloseOptions extends TargetOptions, JsonOption {
  readonly month: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

interface CostOptions extends TargetOptions, JsonOption {
  readonly month: string;
  readonly prices: string;
}

interface ClosesOptions extends TargetOptions, JsonOption {
  readonly csv?: string;
}

const LIST_HELP = `
The JSON is {"records": [...], "next"?}: "next" is the --after of the next page. Quantities are decimal numbers, as texts.
Exit status: 0; 2 when the command could not start.

Examples:
  $ rowhouse usage list --tenant acme --meter requests
  $ rowhouse usage list --month 2026-10 --json
`;

const EXPORT_HELP = `
CloudEvents, one a line, or CSV; to stdout. --json is the same as --format ndjson. Exit status: 0; 1 when it was
interrupted; 2 when the command could not start.

Examples:
  $ rowhouse usage export --month 2026-10 > usage.ndjson
  $ rowhouse usage export --format csv --tenant acme --from 2026-10-01 > acme.csv
`;

const CLOSE_HELP = `
What is counted for the month later belongs to the first month that is open. Months are closed in their order, from two
hours after their end on. One that is closed already stays as it is. Exit status: 0; 1 when the month cannot be closed yet;
2 when the command could not start.

Examples:
  $ rowhouse usage close --month 2026-10 --yes
`;

const CLOSES_HELP = `
Exit status: 0; 1 when the totals of the month of --csv were changed; 2 when the command could not start.

Examples:
  $ rowhouse usage closes
  $ rowhouse usage closes --csv 2026-10 > totals.csv
`;

const COST_HELP = `
The list of prices is JSON: {"currency": "EUR", "meters": {"requests": {"price": "0.40", "per": "1000000", "free": "1000"}}},
or with "tiers": [{"upTo": "1000", "price": "0.01"}, {"price": "0.005"}] in place of "price". CSV to stdout, a line for each
tenant. "state" is "open" until the month is closed. Exit status: 0; 2 when the command could not start.

Examples:
  $ rowhouse usage cost --month 2026-10 --prices prices.json > cost.csv
  $ rowhouse usage cost --month 2026-10 --prices prices.json --json
`;

const SINKS_HELP = `
Exit status: 0; 2 when the command could not start.

Examples:
  $ rowhouse usage sinks
  $ rowhouse usage sinks --retry
`;

/** The commands of usage, for bills. */
export function addUsage(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const usage = program
    .command('usage')
    .description('shows, exports and closes what tenants used, for bills');
  withFilter(withTarget(usage.command('list')))
    .description('lists records, in the order in which they were made')
    .option('--limit <n>', 'the size of a page, up to 1000', upTo1000, 50)
    .option('--after <seq>', 'continues after a page: its "next"', count)
    .addHelpText('after', LIST_HELP)
    .action(async (options) => done(await list(options, io)));

  withFilter(withTarget(usage.command('export')))
    .description('writes records to stdout, one a line')
    .addOption(new Option('--format <format>', 'the format').choices(USAGE_FORMATS).default('ndjson'))
    .addHelpText('after', EXPORT_HELP)
    .action(async (options) => done(await exportRecords(options, io)));

  withTarget(usage.command('close'))
    .description('closes a month, for good')
    .requiredOption('--month <month>', 'the month: 2026-10', month)
    .option('--reason <text>', 'why; it is recorded')
    .option('--yes', 'does not ask for confirmation')
    .addHelpText('after', CLOSE_HELP)
    .action(async (options) => done(await close(options, io)));

  withTarget(usage.command('closes'))
    .description('lists the months that are closed')
    .option('--csv <month>', 'writes the totals of this month to stdout, as CSV', month)
    .addHelpText('after', CLOSES_HELP)
    .action(async (options) => done(await closes(options, io)));

  withTarget(usage.command('cost'))
    .description('says what the usage of a month costs, by tenant, as CSV')
    .requiredOption('--month <month>', 'the month: 2026-10', month)
    .requiredOption('--prices <file>', 'the list of prices, JSON')
    .addHelpText('after', COST_HELP)
    .action(async (options) => done(await cost(options, io)));

  withTarget(usage.command('sinks'))
    .description('shows how far records have been sent')
    .option('--retry', 'has the running application send at once what waits for its next attempt')
    .addHelpText('after', SINKS_HELP)
    .action(async (options) => done(await sinks(options, io)));
}

function withFilter(command: Command): Command {
  return command
    .option('--tenant <tenant>', 'of this tenant: slug or id; a purged one by its id')
    .option('--meter <meter>', 'of this meter: requests, databaseMs')
    .option('--month <month>', 'of the bill of this month: 2026-10', month)
    .option('--from <time>', 'of hours from this one on: 2026-10-31, 2026-10-31T12:00:00Z', moment)
    .option('--to <time>', 'of hours before this one', moment);
}

function month(text: string): string {
  if (!/^20\d\d-(0[1-9]|1[0-2])$/.test(text)) throw new InvalidArgumentError('Expected a month: 2026-10.');
  return text;
}

async function list(options: ListOptions, io: Io): Promise<ExitCode> {
  const { limit, after } = options;
  const found = await withCatalog(options, io, async (catalog) =>
    new UsageRecords(catalog).list({ ...(await filterOf(options, catalog)), limit: limit + 1, after }),
  );
  const records = found.slice(0, limit);
  const next = found.length > limit ? records.at(-1)?.seq : undefined;
  const more = next === undefined ? '' : `\n\nMore: --after ${next}`;
  report(io, options, { records, ...(next !== undefined && { next }) }, recordsText(records) + more);
  return EXIT.ok;
}

async function exportRecords(options: ExportOptions, io: Io): Promise<ExitCode> {
  const format = options.json ? 'ndjson' : options.format;
  await withCatalog(options, io, async (catalog) => {
    const filter = await filterOf(options, catalog);
    await printLines(io.stdout, new UsageRecords(catalog).lines(format, filter, { signal: io.signal }));
  });
  return EXIT.ok;
}

async function close(options: CloseOptions, io: Io): Promise<ExitCode> {
  const { month: closing, reason } = options;
  await confirm(`Close ${closing} for good?`, options, io);
  const closed = await withCatalog(options, io, (catalog) =>
    new UsageCloses(catalog).close(closing, { by: commandActor(), reason }),
  );
  report(io, options, closed, closesText([closed]));
  return EXIT.ok;
}

async function closes(options: ClosesOptions, io: Io): Promise<ExitCode> {
  return withCatalog(options, io, async (catalog) => {
    const all = new UsageCloses(catalog);
    if (options.csv === undefined) {
      const found = await all.list();
      report(io, options, { closes: found }, closesText(found));
      return EXIT.ok;
    }
    const { isIntact } = await all.find(options.csv);
    await printLines(io.stdout, all.lines(options.csv));
    return isIntact ? EXIT.ok : EXIT.failed;
  });
}

async function cost(options: CostOptions, io: Io): Promise<ExitCode> {
  const prices = await pricesIn(options.prices);
  const found = await withCatalog(options, io, (catalog) => usageCost(catalog, options.month, prices));
  if (options.json) printJson(io.stdout, found);
  else await printLines(io.stdout, usageCostLines(found, prices));
  return EXIT.ok;
}

async function sinks(
  options: TargetOptions & JsonOption & { readonly retry?: boolean },
  io: Io,
): Promise<ExitCode> {
  const found = await withCatalog(options, io, async (catalog) => {
    const all = new UsageSinks(catalog);
    if (options.retry) await all.retry();
    return all.list();
  });
  report(io, options, { sinks: found }, sinksText(found));
  return EXIT.ok;
}

/** A list that has another shape is refused when it is used. @throws {UnusableError} */
async function pricesIn(file: string): Promise<PriceList> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UnusableError(`The list of prices cannot be read: ${messageOf(error)}`);
  }
}

async function filterOf(options: FilterOptions, catalog: Catalog): Promise<UsageFilter> {
  const { tenant, meter, month: of, from, to } = options;
  return {
    ...(tenant !== undefined && { tenant: await idOf(tenant, catalog) }),
    ...(meter !== undefined && { meter }),
    ...(of !== undefined && { month: of }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

/** A purged tenant has an id, and no slug any more. */
async function idOf(slugOrId: string, catalog: Catalog): Promise<string> {
  if (isTenantId(slugOrId)) return slugOrId;
  return (await findTenant(new PostgresTenantStore({ pool: catalog }), slugOrId)).id;
}
