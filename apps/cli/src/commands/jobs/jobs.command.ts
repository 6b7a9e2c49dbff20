import { PostgresTenantStore } from '@rowhouse/core';
import { findTenant } from '@rowhouse/core/internal';
import { JOB_STATES, JobLedger, type JobState } from '@rowhouse/transfer/jobs/services';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';
import { countsText, jobsText, jobText, stateText, unhandledText } from './jobs-text.js';

interface JobsOptions extends TargetOptions {
  readonly json?: boolean;
  /** Slug or id. */
  readonly tenant?: string;
}

interface ListOptions extends JobsOptions {
  readonly name?: string;
  readonly state?: JobState;
  readonly limit: number;
  readonly cursor?: string;
}

const LIST_HELP = `
"held" is a waiting job whose tenant is not active. Names that no worker has handled for half an hour, while jobs of any
tenant wait, are named below. The JSON is {"jobs": [...], "nextCursor"?, "unhandled": [{"name", "waiting"}]}. Exit status: 0;
2 when there is no such tenant.

Examples:
  $ rowhouse jobs list --state failed
  $ rowhouse jobs list --tenant acme --name send-invoice --limit 20
`;

const SHOW_HELP = `
With the data that it was enqueued with. Exit status: 0; 2 when there is no such job.

Examples:
  $ rowhouse jobs show 0190163d-8694-439b-aea5-966c26f8ad91
`;

const RETRY_HELP = `
It gets all its retries again. Exit status: 0; 1 when it has not failed and was not cancelled; 2 when there is no such job.

Examples:
  $ rowhouse jobs retry 0190163d-8694-439b-aea5-966c26f8ad91
`;

const CANCEL_HELP = `
A running job is told, on whichever instance runs it. Exit status: 0; 1 when it has ended; 2 when there is no such job.

Examples:
  $ rowhouse jobs cancel 0190163d-8694-439b-aea5-966c26f8ad91
`;

const STATS_HELP = `
"held" are a part of "waiting". Names that no worker has handled for half an hour, while jobs of any tenant wait, are named
below. The JSON is {"jobs": [{"name", "waiting", "held", "running", "completed", "failed", "cancelled"}],
"unhandled": [{"name", "waiting"}]}. Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse jobs stats
  $ rowhouse jobs stats --tenant acme
`;

/** The commands for the jobs of tenants. */
export function addJobs(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const jobs = program.command('jobs').description('manages the jobs of tenants');

  withTarget(jobs.command('list'))
    .description('lists jobs, latest first')
    .option('--tenant <tenant>', 'only those of this tenant (slug or id)')
    .option('--name <name>', 'only those with this name')
    .addOption(new Option('--state <state>', 'only those in this state').choices(JOB_STATES))
    .option('--limit <n>', 'how many at most, up to 1000', count, 100)
    .option('--cursor <cursor>', 'goes on after a page: its nextCursor')
    .addHelpText('after', LIST_HELP)
    .action(async (options) => done(await listJobs(options, io)));

  withTarget(jobs.command('show'))
    .description('shows a job')
    .argument('<job>', 'the id')
    .addHelpText('after', SHOW_HELP)
    .action(async (id, options) => done(await showJob(id, options, io)));

  withTarget(jobs.command('retry'))
    .description('runs a job again that has failed or was cancelled')
    .argument('<job>', 'the id')
    .addHelpText('after', RETRY_HELP)
    .action(async (id, options) => done(await retryJob(id, options, io)));

  withTarget(jobs.command('cancel'))
    .description('cancels a job that waits or runs')
    .argument('<job>', 'the id')
    .addHelpText('after', CANCEL_HELP)
    .action(async (id, options) => done(await cancelJob(id, options, io)));

  withTarget(jobs.command('stats'))
    .description('counts jobs by name and state')
    .option('--tenant <tenant>', 'only those of this tenant (slug or id)')
    .addHelpText('after', STATS_HELP)
    .action(async (options) => done(await countJobs(options, io)));
}

async function listJobs(options: ListOptions, io: Io): Promise<ExitCode> {
  const { name, state, limit, cursor } = options;
  const page = await withJobs(options, io, async (jobs, tenant) => ({
    ...(await jobs.list({ tenant, name, state, limit, cursor })),
    unhandled: await jobs.unhandled(),
  }));
  const more = page.nextCursor ? `\n\nThere are more: --cursor ${page.nextCursor}` : '';
  report(
    io,
    options,
    page,
    [`${jobsText(page.jobs)}${more}`, ...page.unhandled.map(unhandledText)].join('\n'),
  );
  return EXIT.ok;
}

async function showJob(id: string, options: JobsOptions, io: Io): Promise<ExitCode> {
  const job = await withJobs(options, io, (jobs) => jobs.get(id));
  report(io, options, job, jobText(job));
  return EXIT.ok;
}

async function retryJob(id: string, options: JobsOptions, io: Io): Promise<ExitCode> {
  const job = await withJobs(options, io, (jobs) => jobs.retry(id, { by: commandActor() }));
  report(io, options, job, `The job ${job.id} (${job.name}) is ${stateText(job)}.`);
  return EXIT.ok;
}

async function cancelJob(id: string, options: JobsOptions, io: Io): Promise<ExitCode> {
  const job = await withJobs(options, io, (jobs) => jobs.cancel(id, { by: commandActor() }));
  const text =
    job.state === 'running'
      ? `The job ${job.id} (${job.name}) is running, and is told to stop.`
      : `The job ${job.id} (${job.name}) is ${stateText(job)}.`;
  report(io, options, job, text);
  return EXIT.ok;
}

async function countJobs(options: JobsOptions, io: Io): Promise<ExitCode> {
  const { jobs, unhandled } = await withJobs(options, io, async (ledger, tenant) => ({
    jobs: await ledger.counts({ tenant }),
    unhandled: await ledger.unhandled(),
  }));
  report(io, options, { jobs, unhandled }, [countsText(jobs), ...unhandled.map(unhandledText)].join('\n'));
  return EXIT.ok;
}

/** @param work - is given the id of the tenant that the options name. */
function withJobs<T>(
  options: JobsOptions,
  io: Io,
  work: (jobs: JobLedger, tenant: string | undefined) => Promise<T>,
): Promise<T> {
  return withCatalog(options, io, async (catalog) => {
    const { tenant: named } = options;
    const tenant =
      named === undefined ? undefined : await findTenant(new PostgresTenantStore({ pool: catalog }), named);
    return work(new JobLedger(catalog), tenant?.id);
  });
}
