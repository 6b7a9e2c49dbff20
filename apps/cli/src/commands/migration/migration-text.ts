import { counted } from '@rowhouse/core/internal';
import type {
  FleetStatus,
  HomeResult,
  Plan,
  PlanGroup,
  RunReport,
  VerifyReport,
} from '@rowhouse/migrations/fleet';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { type JsonOption, report, table } from '../../shell/report.js';

/** How many labels of a group are shown; the others are counted. */
const LABELS = 5;

export function statusText({ versions, tenants, behind, migrations }: FleetStatus): string {
  const rows = versions.map((version) => [
    version.isolation,
    version.version ?? '(none)',
    String(version.tenants),
    version.pending.length === 0 ? '' : `${version.pending.length} pending`,
    version.unknown.length === 0
      ? ''
      : `has had ${version.unknown.join(', ')}, which this release does not have`,
  ]);
  const matrix = rows.length === 0 ? '' : `${table(['ISOLATION', 'VERSION', 'TENANTS', '', ''], rows)}\n\n`;
  return `${matrix}${counted(tenants, 'tenant')}, ${behind} behind; ${counted(migrations.length, 'migration')}.`;
}

export function verifiedText(verified: VerifyReport | undefined): string {
  if (!verified) return '';
  const lines = verified.corrected.map(({ label, from = 'nothing', to = 'nothing' }) =>
    onOneLine(`${label} is at ${to}; the catalog had ${from}`),
  );
  return `\n${[...lines, `${counted(verified.checked, 'home')} checked, ${lines.length} corrected.`].join('\n')}`;
}

export function planText({ groups, total, direction }: Plan): string {
  if (total === 0) return 'Nothing to do.';
  const title = `${counted(total, 'home')} to ${direction === 'up' ? 'migrate' : 'revert'}.`;
  return [...groups.map(groupText), title].join('\n\n');
}

function groupText({ from, kind, names, homes, outOfOrder, sql, sqlError }: PlanGroup): string {
  return [
    `${counted(homes.length, 'home')} (${kind}) from ${onOneLine(from ?? 'nothing')}: ${shortList(homes)}`,
    ...names.map((name) => `  ${name}${outOfOrder.includes(name) ? '  (out of order)' : ''}`),
    ...(sqlError === undefined ? [] : ['', `  -- The statements are unknown: ${onOneLine(sqlError)}`]),
    ...(sql ?? []).flatMap(({ name, statements, dataDependence }) => [
      '',
      `  -- ${name}${dataDependence === undefined ? '' : `: its class runs for each home, because ${onOneLine(dataDependence)}`}`,
      ...statements.map((statement) => `  ${statement};`),
    ]),
  ].join('\n');
}

function shortList(labels: readonly string[]): string {
  const more = labels.length - LABELS;
  return labels.slice(0, LABELS).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Prints the result of a run. @returns the exit status. */
export function reportRun(run: RunReport, options: JsonOption, io: Io): ExitCode {
  report(io, options, run, runText(run));
  return run.state === 'succeeded' ? EXIT.ok : EXIT.failed;
}

export function runText(run: RunReport): string {
  if (run.id === undefined) return 'Nothing to do.';
  return [
    ...run.failures.map(failureText),
    ...(run.failures.length > 0 ? [''] : []),
    `${titleOf(run)}: ${run.done} done, ${run.failed} failed, ${run.skipped} skipped, ${run.pending} left.`,
    ...(run.message === undefined ? [] : [onOneLine(run.message)]),
    ...nextStep(run),
  ].join('\n');
}

function titleOf({ id, direction, state, isLive }: RunReport): string {
  const what = direction === 'up' ? 'Run' : 'Revert';
  return `${what} ${id} ${state === 'running' && !isLive ? 'interrupted' : state}`;
}

function failureText({ label, error, attempts }: HomeResult): string {
  return `✗ ${label}: ${onOneLine(error ?? 'failed')}${attempts > 1 ? ` (${attempts} attempts)` : ''}`;
}

function nextStep({ id, state, isLive, failed, pending }: RunReport): string[] {
  if (state === 'succeeded' || isLive) return [];
  if (failed > 0) return [`To try the failed homes again: rowhouse migration retry ${id}`];
  return pending > 0 ? [`To continue: rowhouse migration resume ${id}`] : [];
}

export function runsText(runs: readonly RunReport[]): string {
  if (runs.length === 0) return 'No runs.';
  const rows = runs.map((run) => [
    run.id ?? '',
    run.startedAt.toISOString(),
    run.direction,
    run.state === 'running' && !run.isLive ? 'interrupted' : run.state,
    `${run.done + run.skipped}/${run.total}`,
    String(run.failed),
  ]);
  return table(['RUN', 'STARTED', 'DIRECTION', 'STATE', 'DONE', 'FAILED'], rows);
}

export function homesText(homes: readonly HomeResult[]): string {
  const rows = homes.map(({ label, state, wave, attempts, durationMs, error }) => [
    label,
    state,
    String(wave),
    String(attempts),
    durationMs === undefined ? '' : `${Math.round(durationMs)} ms`,
    error ?? '',
  ]);
  return rows.length === 0 ? '' : table(['HOME', 'STATE', 'WAVE', 'ATTEMPTS', 'TIME', 'ERROR'], rows);
}
