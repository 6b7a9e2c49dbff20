import { counted } from '@rowhouse/core/internal';
import type { JobCounts, JobRecord, UnhandledJobs } from '@rowhouse/transfer/jobs/services';
import { onOneLine } from '../../shell/print.js';
import { table } from '../../shell/report.js';

export function jobsText(jobs: readonly JobRecord[]): string {
  if (jobs.length === 0) return 'No jobs.';
  const rows = jobs.map((job) => [
    job.id,
    job.name,
    tenantText(job),
    stateText(job),
    String(job.attempts),
    job.runAt.toISOString(),
    (job.failure ?? '-').slice(0, 60),
  ]);
  return table(['ID', 'NAME', 'TENANT', 'STATE', 'ATTEMPTS', 'DUE', 'FAILURE'], rows);
}

export function jobText(job: JobRecord & { readonly data: unknown }): string {
  const lines = [
    ['id', job.id],
    ['name', job.name],
    ['tenant', job.tenantSlug === null ? job.tenantId : `${job.tenantSlug} (${job.tenantId})`],
    ['state', stateText(job)],
    ['priority', String(job.priority)],
    ['singleton key', job.singletonKey ?? '-'],
    ['attempts', String(job.attempts)],
    ['created', job.createdAt.toISOString()],
    ['due', job.runAt.toISOString()],
    ['started', job.startedAt?.toISOString() ?? '-'],
    ['ended', job.endedAt?.toISOString() ?? '-'],
    ['failure', job.failure ?? '-'],
    ['data', JSON.stringify(job.data)],
  ] as const;
  return lines.map(([name, value]) => `${name.padEnd(15)}${onOneLine(value)}`).join('\n');
}

export function countsText(counts: readonly JobCounts[]): string {
  if (counts.length === 0) return 'No jobs.';
  const rows = counts.map((one) => [
    one.name,
    ...[one.waiting, one.held, one.running, one.completed, one.failed, one.cancelled].map(String),
  ]);
  return table(['NAME', 'WAITING', 'HELD', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'], rows);
}

export function unhandledText({ name, waiting }: UnhandledJobs): string {
  return `No worker handles ${name}, and ${counted(waiting, 'job')} ${waiting === 1 ? 'waits' : 'wait'}.`;
}

/** The slug; the id of a tenant that is purged. */
function tenantText({ tenantSlug, tenantId }: JobRecord): string {
  return tenantSlug ?? tenantId;
}

export function stateText({ state, isHeld }: JobRecord): string {
  return isHeld ? 'held' : state;
}
