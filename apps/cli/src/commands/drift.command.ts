import { counted } from '@rowhouse/core/internal';
import type { DriftReport } from '@rowhouse/migrations/fleet';
import type { Command } from 'commander';
import { type SelectionOptions, selectionOf, withSelection } from '../options/selection-options.js';
import { withTarget } from '../options/target-options.js';
import { EXIT, type ExitCode, type Io } from '../shell/io.js';
import { onOneLine } from '../shell/print.js';
import { progressOn } from '../shell/progress.js';
import { report } from '../shell/report.js';
import { withFleet } from '../target/deployment.js';
import type { TargetOptions } from '../target/target.js';

interface DriftOptions extends TargetOptions, SelectionOptions {
  readonly json?: boolean;
}

const HELP = `
Compares each home with the result of the migrations that it has had. A tenant that is behind has not drifted.
Exit status: 0; 1 when a home differs, cannot be read, or has had migrations that this release does not have; 2 when
the command could not start.

Examples:
  $ rowhouse drift
  $ rowhouse drift --tenant acme,globex
  $ rowhouse drift --json > drift.json      # every night
`;

export function addDrift(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(withSelection(program.command('drift')))
    .description(
      'finds tenants whose schema differs from their migrations, and shows the objects; changes nothing',
    )
    .addHelpText('after', HELP)
    .action(async (options) => done(await drift(options, io)));
}

async function drift(options: DriftOptions, io: Io): Promise<ExitCode> {
  const shown = progressOn(io.stderr, 'home');
  try {
    const found = await withFleet(options, io, { app: true }, (fleet) =>
      fleet.drift(selectionOf(options), {
        signal: io.signal,
        onProgress: (progress) => shown.show(progress),
      }),
    );
    shown.end();
    report(io, options, found, textOf(found));
    return found.drifted.length + found.unknown.length + found.failed.length > 0 ? EXIT.failed : EXIT.ok;
  } finally {
    shown.end();
  }
}

const CHANGES = { missing: 'is missing', extra: 'should not be there', different: 'differs' } as const;

function textOf({ compared, drifted, unknown, failed }: DriftReport): string {
  const lines = drifted.flatMap(({ label, differences }) => [
    `✗ ${label}`,
    ...differences.flatMap(({ kind, name, change, expected, actual }) => [
      `    ${kind} ${onOneLine(name)} ${CHANGES[change]}`,
      ...(change === 'different'
        ? [`      expected  ${onOneLine(`${expected}`)}`, `      found     ${onOneLine(`${actual}`)}`]
        : []),
    ]),
  ]);
  return [
    ...lines,
    ...unknown.map(
      ({ label, migrations }) =>
        `? ${label} has had ${onOneLine(migrations.join(', '))}, which this release does not have`,
    ),
    ...failed.map(({ label, error }) => `✗ ${label}: ${onOneLine(error)}`),
    `${counted(compared, 'home')} compared, ${drifted.length} drifted, ${unknown.length} unknown, ${failed.length} failed.`,
  ].join('\n');
}
