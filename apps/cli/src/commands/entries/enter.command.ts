import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { newEntryText } from './entries-text.js';
import { type EntriesOptions, withEntries } from './with-entries.js';

interface EnterOptions extends EntriesOptions {
  readonly reason: string;
  readonly minutes?: number;
  readonly write?: boolean;
}

const HELP = `
Prints a token for the header Rowhouse-Entry, this once. The application accepts it when TenancyModule has breakGlass: true,
and the peppers of ROWHOUSE_API_KEY_PEPPERS are the same. The reason stands in the audit trail of the tenant.
Exit status: 0; 1 when the tenant cannot be entered at present; 2 when there is no such tenant, or a value is malformed.

Examples:
  $ rowhouse enter acme --reason 'Ticket 4711: totals are wrong'
  $ rowhouse enter acme --reason 'Ticket 4711: mend the totals' --write --minutes 5 --json
`;

export function addEnter(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('enter'))
    .description('enters a tenant as an operator, for a stated reason and a limited time')
    .argument('<tenant>', 'slug or id')
    .requiredOption('--reason <text>', 'why, such as a ticket; at least 10 characters')
    .option('--minutes <n>', 'how long, up to 60 (default: 15)', count)
    .option('--write', 'may write; otherwise PostgreSQL refuses every write')
    .addHelpText('after', HELP)
    .action(async (tenant, options) => done(await enter(tenant, options, io)));
}

async function enter(slugOrId: string, options: EnterOptions, io: Io): Promise<ExitCode> {
  const { reason, minutes, write = false } = options;
  const begun = await withEntries(slugOrId, options, io, (entries, { id }) =>
    entries.begin(
      id,
      { reason, readOnly: !write, ...(minutes !== undefined && { minutes }) },
      { by: commandActor() },
    ),
  );
  report(io, options, begun, newEntryText(begun));
  return EXIT.ok;
}
