import { setTimeout as delay } from 'node:timers/promises';
import {
  OPERATION_STATES,
  type Operation,
  OperationConflictError,
  OperationLedger,
  OperationNotFoundError,
  type OperationState,
} from '@rowhouse/admin/services';
import { isTenantId, PostgresTenantStore } from '@rowhouse/core';
import { findTenant } from '@rowhouse/core/internal';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { progressOn } from '../../shell/progress.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';
import { operationsText, operationText } from './operations-text.js';

interface OperationOptions extends TargetOptions {
  readonly json?: boolean;
}

interface ListOptions extends OperationOptions {
  readonly kind?: string;
  readonly state?: OperationState;
  readonly tenant?: string;
  readonly limit: number;
}

const LIST_HELP = `
What the admin API has begun: exports, imports, migrations, tenants that are made or purged. The JSON is
{"operations": [...]}. Exit status: 0; 2 when the command could not start.

Examples:
  $ rowhouse operations list --state running
  $ rowhouse operations list --kind export --tenant acme --json
`;

const SHOW_HELP = `
Exit status: 0; 2 when there is none with this id.

Examples:
  $ rowhouse operations show 0190163d-8694-739b-aea5-966c26f8ad91
`;

const WATCH_HELP = `
Shows the progress until the operation has ended or is paused. Ctrl-C ends only the command. Exit status: 0 when it has
succeeded; 1 when it failed, was cancelled or paused, or the command was interrupted; 2 when there is none with this id.

Examples:
  $ rowhouse operations watch 0190163d-8694-739b-aea5-966c26f8ad91
`;

const CANCEL_HELP = `
It stops before its next step, and what it has begun is undone; a purge cannot be cancelled, and goes on. Exit status: 0;
1 when it has ended; 2 when there is none with this id.

Examples:
  $ rowhouse operations cancel 0190163d-8694-739b-aea5-966c26f8ad91
`;

const PAUSE_HELP = `
Of a run of migrations: the homes that are under way are finished, and no other is begun. Exit status: 0; 1 when it is not
running, or cannot be paused; 2 when there is none with this id.

Examples:
  $ rowhouse operations pause 0190163d-8694-739b-aea5-966c26f8ad91
`;

const RESUME_HELP = `
An instance of the admin API goes on with it within ten seconds. Exit status: 0; 1 when it is not paused; 2 when there is
none with this id.

Examples:
  $ rowhouse operations resume 0190163d-8694-739b-aea5-966c26f8ad91
`;

/** The commands for operations of the admin API, by the catalog: they work while no instance answers, too. */
export function addOperations(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const operations = program
    .command('operations')
    .description('shows, pauses and cancels operations of the admin API');

  withTarget(operations.command('list'))
    .description('lists operations, latest first')
    .option('--kind <kind>', 'only of this kind, such as export')
    .addOption(new Option('--state <state>', 'only in this state').choices(OPERATION_STATES))
    .option('--tenant <tenant>', 'only of this tenant: its slug, or an id')
    .option('--limit <n>', 'how many', count, 50)
    .addHelpText('after', LIST_HELP)
    .action(async (options) => done(await list(options, io)));

  const one = (name: string, description: string, help: string, run: typeof show) =>
    withTarget(operations.command(name))
      .description(description)
      .argument('<operation>', 'the id')
      .addHelpText('after', help)
      .action(async (id, options) => done(await run(id, options, io)));
  one('show', 'shows an operation', SHOW_HELP, show);
  one('watch', 'follows an operation to its end', WATCH_HELP, watch);
  one('pause', 'asks an operation to stop after what is under way', PAUSE_HELP, pause);
  one('resume', 'goes on with an operation that was paused', RESUME_HELP, resume);
  one('cancel', 'asks for the end of an operation', CANCEL_HELP, cancel);
}

async function list({ tenant, limit, kind, state, ...options }: ListOptions, io: Io): Promise<ExitCode> {
  const { operations, slugs } = await withCatalog(options, io, async (catalog) => {
    // A tenant that is purged has operations still.
    const tenantId =
      tenant === undefined || isTenantId(tenant)
        ? tenant
        : (await findTenant(new PostgresTenantStore({ pool: catalog }), tenant)).id;
    const found = await new OperationLedger(catalog).list({ limit, kind, state, tenantId });
    const { rows } = await catalog.query<{ id: string; slug: string }>(
      'select id, slug from rowhouse.tenants where id = any ($1)',
      [found.map((operation) => operation.tenantId)],
    );
    return { operations: found, slugs: new Map(rows.map(({ id, slug }) => [id, slug])) };
  });
  report(io, options, { operations }, operationsText(operations, slugs));
  return EXIT.ok;
}

async function show(id: string, options: OperationOptions, io: Io): Promise<ExitCode> {
  const operation = await withCatalog(options, io, (catalog) => find(new OperationLedger(catalog), id));
  report(io, options, operation, operationText(operation));
  return EXIT.ok;
}

const POLL_MS = 500;

async function watch(id: string, options: OperationOptions, io: Io): Promise<ExitCode> {
  const operation = await withCatalog(options, io, (catalog) =>
    untilEnded(() => find(new OperationLedger(catalog), id), io),
  );
  report(io, options, operation, operationText(operation));
  return operation.state === 'succeeded' ? EXIT.ok : EXIT.failed;
}

async function untilEnded(read: () => Promise<Operation>, io: Io): Promise<Operation> {
  const first = await read();
  const shown = progressOn(io.stderr, first.progress?.unit.replace(/s$/, '') ?? 'step');
  try {
    for (let operation = first; ; operation = await read()) {
      const { progress, state } = operation;
      if (progress) shown.show({ done: progress.done, total: progress.total, note: progress.item ?? '' });
      if (state !== 'running' || io.signal?.aborted) return operation;
      await delay(POLL_MS, undefined, { signal: io.signal }).catch(() => {});
    }
  } finally {
    shown.end();
  }
}

async function cancel(id: string, options: OperationOptions, io: Io): Promise<ExitCode> {
  const operation = await change(id, options, io, (ledger) => ledger.requestCancel(id, commandActor()));
  report(
    io,
    options,
    operation,
    `Operation ${id} is asked to end. To follow it: rowhouse operations watch ${id}`,
  );
  return EXIT.ok;
}

async function pause(id: string, options: OperationOptions, io: Io): Promise<ExitCode> {
  const operation = await change(id, options, io, (ledger, { kind }) => {
    if (kind !== 'migrations.run')
      throw new OperationConflictError('An operation of this kind cannot be paused.');
    return ledger.requestPause(id, commandActor());
  });
  report(
    io,
    options,
    operation,
    `Operation ${id} stops after what is under way. To go on: rowhouse operations resume ${id}`,
  );
  return EXIT.ok;
}

async function resume(id: string, options: OperationOptions, io: Io): Promise<ExitCode> {
  const operation = await change(id, options, io, (ledger) => ledger.resume(id, commandActor()));
  report(io, options, operation, `Operation ${id} goes on. To follow it: rowhouse operations watch ${id}`);
  return EXIT.ok;
}

/** @returns the operation as it is then. */
function change(
  id: string,
  options: OperationOptions,
  io: Io,
  work: (ledger: OperationLedger, operation: Operation) => Promise<void>,
): Promise<Operation> {
  return withCatalog(options, io, async (catalog) => {
    const ledger = new OperationLedger(catalog);
    await work(ledger, await find(ledger, id));
    return ledger.find(id);
  });
}

function find(ledger: OperationLedger, id: string): Promise<Operation> {
  if (!isTenantId(id)) throw new OperationNotFoundError();
  return ledger.find(id);
}
