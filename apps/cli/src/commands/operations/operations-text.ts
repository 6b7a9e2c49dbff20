import type { Operation } from '@rowhouse/admin/services';
import { onOneLine } from '../../shell/print.js';
import { table } from '../../shell/report.js';
import { sizeText } from '../../shell/size-text.js';

/** @param slugs - of tenants, by their ids. */
export function operationsText(operations: readonly Operation[], slugs: ReadonlyMap<string, string>): string {
  if (operations.length === 0) return 'No operations.';
  const rows = operations.map(({ id, kind, tenantId, state, progress, createdAt, actor, error }) => [
    id,
    kind,
    tenantId === null ? '' : (slugs.get(tenantId) ?? tenantId),
    state,
    progress ? `${progress.percent ?? 0}%` : '',
    createdAt.toISOString(),
    actor?.id ?? '',
    onOneLine(error ?? ''),
  ]);
  return table(['ID', 'KIND', 'TENANT', 'STATE', 'DONE', 'BEGUN', 'BY', 'ERROR'], rows);
}

export function operationText(operation: Operation): string {
  const { id, kind, state, tenantId, steps, progress, result, error, actor, createdAt, finishedAt } =
    operation;
  const facts: readonly (readonly [string, string])[] = [
    ['operation', `${id} (${kind})`],
    ['state', state === 'running' ? runningText(operation) : state],
    ['tenant', tenantId ?? 'none'],
    ['begun', `${createdAt.toISOString()}${actor ? ` by ${actor.type} ${actor.id}` : ''}`],
    ...(finishedAt ? [['finished', finishedAt.toISOString()] as const] : []),
    ...(steps.length > 0 ? [['steps', steps.map(({ name }) => name).join(', ')] as const] : []),
    ...(progress ? [['progress', progressText(progress)] as const] : []),
    ...(error === null ? [] : [['error', error] as const]),
    ...(result ? [['result', JSON.stringify(result)] as const] : []),
  ];
  return facts.map(([name, value]) => `${name.padEnd(11)}${onOneLine(value)}`).join('\n');
}

function progressText({ done, total, unit }: NonNullable<Operation['progress']>): string {
  return unit === 'bytes' ? `${sizeText(done)} of ${sizeText(total)}` : `${done} of ${total} ${unit}`;
}

function runningText({ isCancelRequested, isPauseRequested }: Operation): string {
  if (isCancelRequested) return 'running, and asked to end';
  return isPauseRequested ? 'running, and asked to pause' : 'running';
}
