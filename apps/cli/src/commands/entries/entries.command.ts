import type { OperatorEntryRecord } from '@rowhouse/admin/services';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { entriesText } from './entries-text.js';
import { type EntriesOptions, withEntries } from './with-entries.js';

interface ListOptions extends EntriesOptions {
  readonly active?: boolean;
}

const LIST_HELP = `
The JSON is {"entries": [...]}, without tokens. Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse entries list acme
  $ rowhouse entries list acme --active --json
`;

const END_HELP = `
What is under way is cancelled at every instance within a second. An entry that has ended stays as it is.
Exit status: 0; 2 when there is no such tenant or entry.

Examples:
  $ rowhouse entries end acme 0190163d-8694-739b-aea5-966c26f8ad91
`;

/** The commands for entries of operators into tenants; `rowhouse enter` begins one. */
export function addEntries(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const entries = program.command('entries').description('shows and ends entries of operators into tenants');

  withTarget(entries.command('list'))
    .description('lists the entries into a tenant, latest first')
    .argument('<tenant>', 'slug or id')
    .option('--active', 'only those that have not ended')
    .addHelpText('after', LIST_HELP)
    .action(async (tenant, options) => done(await listEntries(tenant, options, io)));

  withTarget(entries.command('end'))
    .description('ends an entry early')
    .argument('<tenant>', 'slug or id')
    .argument('<entry>', 'the id of the entry')
    .addHelpText('after', END_HELP)
    .action(async (tenant, entry, options) => done(await endEntry(tenant, entry, options, io)));
}

const PAGE = 500;

async function listEntries(slugOrId: string, options: ListOptions, io: Io): Promise<ExitCode> {
  const state = options.active ? 'active' : undefined;
  const entries = await withEntries(slugOrId, options, io, async (all, { id }) => {
    const found: OperatorEntryRecord[] = [];
    for (;;) {
      const page = await all.list(id, { limit: PAGE, state, after: found.at(-1)?.id });
      found.push(...page);
      if (page.length < PAGE) return found;
    }
  });
  report(io, options, { entries }, entriesText(entries));
  return EXIT.ok;
}

async function endEntry(slugOrId: string, entry: string, options: EntriesOptions, io: Io): Promise<ExitCode> {
  const ended = await withEntries(slugOrId, options, io, (entries, { id }) =>
    entries.end(id, entry, { by: commandActor() }),
  );
  report(io, options, ended, `The entry ${ended.id} has ended.`);
  return EXIT.ok;
}
