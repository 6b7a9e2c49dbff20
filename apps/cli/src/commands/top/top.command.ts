import { setTimeout as delay } from 'node:timers/promises';
import { TenantMetrics } from '@rowhouse/metrics/services';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { isLive, showLive } from '../../shell/live-screen.js';
import { printJsonLine } from '../../shell/print.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';
import { sorted, TOP_SORTS, type TopSort, topText } from './top-text.js';

interface TopOptions extends TargetOptions {
  readonly json?: boolean;
  readonly once?: boolean;
  readonly sort: TopSort;
}

/** As often as instances report. Milliseconds. */
const EVERY_MS = 2_000;

const HELP = `
Each instance of an app with TenancyMetricsModule reports every two seconds; those that have nothing to do are not counted.
SHARE is of the database time of the last four seconds, MS/S that time a second. The statements are without their values:
OF IT is their part of the tenant's time, RUNNING how many are under way, LONGEST for how long.
On a terminal it goes on: s sorts by the next of ${TOP_SORTS.join(', ')}; q ends it.
Elsewhere, or with --once, it prints once; with --json a line of JSON every two seconds until it is interrupted.
Exit status: 0; 2 when the database cannot be reached or has no catalog.

Examples:
  $ rowhouse top
  $ rowhouse top --once --sort waiting
  $ rowhouse top --json | jq -c '.tenants[] | select(.noisySince) | {slug, share}'
`;

/** The command that shows who uses the database now. */
export function addTop(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('top'))
    .description('shows which tenants use the database now, with which statements')
    .option('--once', 'print once')
    .addOption(new Option('--sort <column>', 'what to sort by').choices(TOP_SORTS).default('time'))
    .addHelpText('after', HELP)
    .action(async (options) => done(await top(options, io)));
}

async function top(options: TopOptions, io: Io): Promise<ExitCode> {
  await withCatalog(options, io, async (catalog) => {
    const metrics = new TenantMetrics(catalog);
    let by = options.sort;
    const read = async () => sorted(await metrics.now(), by);
    if (!options.once && options.json) return writeLines(read, io);
    if (options.once || !isLive(io)) {
      const now = await read();
      report(io, options, now, topText(now));
      return;
    }
    await showLive(io, {
      everyMs: EVERY_MS,
      draw: async () => topText(await read()),
      onKey: (key) => {
        if (key === 's') by = TOP_SORTS[(TOP_SORTS.indexOf(by) + 1) % TOP_SORTS.length] ?? by;
      },
    });
  });
  return EXIT.ok;
}

async function writeLines(read: () => Promise<unknown>, { stdout, signal }: Io): Promise<void> {
  while (!signal?.aborted) {
    printJsonLine(stdout, await read());
    await delay(EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
