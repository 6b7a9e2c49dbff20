import type { CheckStatus, DoctorReport } from '@rowhouse/core';
import type { Io, Output } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';

const SIGNS: Readonly<Record<CheckStatus, string>> = { pass: '✓', warn: '!', fail: '✗' };
/** Green, yellow, red (ECMA-48, SGR). */
const COLOURS: Readonly<Record<CheckStatus, number>> = { pass: 32, warn: 33, fail: 31 };

type Paint = (status: CheckStatus, text: string) => string;

/** Uses colours on terminals, unless NO_COLOR is set (no-color.org). */
export function paintFor(output: Output, env: Io['env']): Paint {
  if (!output.isTTY || env['NO_COLOR']) return (_, text) => text;
  return (status, text) => `\u001b[${COLOURS[status]}m${text}\u001b[0m`;
}

/** One line for each check, the remedy of each check that did not pass, and a summary. */
export function reportText({ checks }: DoctorReport, paint: Paint): string {
  const width = Math.max(0, ...checks.map(({ id }) => id.length));
  const lines = checks.flatMap(({ id, status, detail, remedy }) => [
    `${paint(status, SIGNS[status])} ${id.padEnd(width)}  ${onOneLine(detail)}`,
    ...(remedy === '' ? [] : remedy.split('\n').map((line) => `    ${onOneLine(line)}`)),
  ]);
  return `${[...lines, '', summaryOf({ checks })].join('\n')}\n`;
}

function summaryOf({ checks }: DoctorReport): string {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  return `${count('pass')} passed, ${count('warn')} warned, ${count('fail')} failed.`;
}
