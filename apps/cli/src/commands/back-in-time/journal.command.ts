import type { Tenant } from '@rowhouse/core';
import { counted } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { pastMoment } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';

interface JournalOptions extends TargetOptions {
  readonly json?: boolean;
}

const EXITS = `Exit status: 0; 1 when it was refused or failed; 2 when the command could not start.`;

const helpOf = (...examples: readonly string[]) => `
${EXITS}

Examples:
${examples.map((line) => `  $ rowhouse ${line}\n`).join('')}`;

export function addJournal(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const journal = program.command('journal').description("records what a tenant's rows were");
  withTarget(journal.command('enable'))
    .description('records every change of its rows from now on')
    .argument('<tenant>', 'slug or id')
    .addHelpText('after', helpOf('journal enable acme', 'rewind acme --at 14:30'))
    .action(async (tenant, options) => done(await enable(tenant, options, io)));
  withTarget(journal.command('status'))
    .description('shows how far back its journal leads')
    .argument('<tenant>', 'slug or id')
    .addHelpText('after', helpOf('journal status acme'))
    .action(async (tenant, options) => done(await status(tenant, options, io)));
  withTarget(journal.command('prune'))
    .description('deletes what its journal holds of the time before a moment')
    .argument('<tenant>', 'slug or id')
    .requiredOption(
      '--before <time>',
      'the moment, in UTC: 2026-01-31, 2026-01-31T12:00:00Z, 14:30',
      pastMoment,
    )
    .addHelpText('after', helpOf('journal prune acme --before 2026-01-31'))
    .action(async (tenant, options) => done(await prune(tenant, options, io)));
  withTarget(journal.command('disable'))
    .description('ends its journal, and deletes it')
    .argument('<tenant>', 'slug or id')
    .option('--yes', 'does not ask for confirmation')
    .addHelpText('after', helpOf('journal disable acme --yes'))
    .action(async (tenant, options) => done(await disable(tenant, options, io)));
}

async function enable(slugOrId: string, options: JournalOptions, io: Io): Promise<ExitCode> {
  const { enableJournal } = await import('@rowhouse/transfer');
  const { slug, result } = await withTenant(slugOrId, options, io, (fleet, tenant) =>
    enableJournal(fleet, tenant, { by: commandActor() }),
  );
  report(
    io,
    options,
    { slug, ...result },
    `Changes of ${slug} are recorded since ${result.since.toISOString()}.`,
  );
  return EXIT.ok;
}

async function status(slugOrId: string, options: JournalOptions, io: Io): Promise<ExitCode> {
  const { journalStatus } = await import('@rowhouse/transfer');
  const { slug, result } = await withTenant(slugOrId, options, io, journalStatus);
  const text = result
    ? `The journal of ${slug} leads back to ${result.since.toISOString()}, with ${counted(result.changes, 'change')}.`
    : `${slug} has no journal.`;
  report(io, options, { slug, isEnabled: result !== undefined, ...result }, text);
  return EXIT.ok;
}

async function prune(
  slugOrId: string,
  options: JournalOptions & { readonly before: Date },
  io: Io,
): Promise<ExitCode> {
  const { pruneJournal } = await import('@rowhouse/transfer');
  const { slug, result: deleted } = await withTenant(slugOrId, options, io, (fleet, tenant) =>
    pruneJournal(fleet, tenant, options.before, { by: commandActor() }),
  );
  report(io, options, { slug, deleted }, `${counted(deleted, 'change')} of ${slug} deleted.`);
  return EXIT.ok;
}

async function disable(
  slugOrId: string,
  options: JournalOptions & { readonly yes?: boolean },
  io: Io,
): Promise<ExitCode> {
  const { disableJournal } = await import('@rowhouse/transfer');
  const { slug } = await withTenant(slugOrId, options, io, async (fleet, tenant) => {
    await confirm(`Delete the journal of ${tenant.slug}?`, options, io);
    await disableJournal(fleet, tenant, { by: commandActor() });
  });
  report(io, options, { slug }, `${slug} has no journal.`);
  return EXIT.ok;
}

function withTenant<T>(
  slugOrId: string,
  options: JournalOptions,
  io: Io,
  work: (fleet: Fleet, tenant: Tenant) => Promise<T>,
): Promise<{ readonly slug: string; readonly result: T }> {
  return withFleet(options, io, { app: false }, async (fleet) => {
    const tenant = await fleet.tenants.find(slugOrId);
    return { slug: tenant.slug, result: await work(fleet, tenant) };
  });
}
