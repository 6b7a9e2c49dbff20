import type { Outcome, StepResult } from './step-log.js';

/** Of what went well, fewer. */
const SHOWN_LINES = { ok: 3, other: 12 };
const WIDTH = 200;

/** Differences and errors end the run with status 1; a refusal is a result. */
export function isFailure({ outcome }: Pick<StepResult, 'outcome'>): boolean {
  return outcome === 'differs' || outcome === 'failed';
}

/** A line for each dump and step, with the details below. */
export function reportText(results: readonly StepResult[]): string {
  const rows = results.map(({ dump, step, outcome, details }) => ({
    dump,
    step,
    outcome,
    details: shown(details, outcome),
  }));
  const dumpWidth = widest(rows.map(({ dump }) => dump));
  const stepWidth = widest(rows.map(({ step }) => step));
  const indent = ' '.repeat(dumpWidth + stepWidth + 4);
  const lines = rows.flatMap(({ dump, step, outcome, details }) => [
    `${dump.padEnd(dumpWidth)}  ${step.padEnd(stepWidth)}  ${outcome}`,
    ...details.map((line) => `${indent}  ${line}`),
  ]);
  return [...lines, '', totals(results)].join('\n');
}

function shown(details: readonly string[], outcome: Outcome): string[] {
  const lines = details.flatMap((detail) => detail.split('\n')).map((line) => cut(line.trim()));
  const limit = outcome === 'ok' ? SHOWN_LINES.ok : SHOWN_LINES.other;
  const rest = lines.length - limit;
  return rest > 0 ? [...lines.slice(0, limit), `… and ${rest} more (--json has all)`] : lines;
}

const cut = (line: string) => (line.length > WIDTH ? `${line.slice(0, WIDTH)}…` : line);
const widest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length));

function totals(results: readonly StepResult[]): string {
  const counts = new Map<Outcome, number>();
  for (const { outcome } of results) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const dumps = new Set(results.map(({ dump }) => dump)).size;
  const list = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  return `${dumps} ${dumps === 1 ? 'dump' : 'dumps'}: ${list}.`;
}
