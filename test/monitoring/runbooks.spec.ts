import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/workspace.mjs';
import { dashboardQueries } from './dashboard.js';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const rules = read('monitoring/rules/rowhouse.yml');
const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name);

it('each alert names its part of the runbook, and each part is of an alert', () => {
  const runbooks = [...rules.matchAll(/^ +runbook: (\S+)$/gm)].map(([, runbook]) => runbook);
  expect(runbooks).toEqual(alerts.map((name) => `docs/operations.md#${name.toLowerCase()}`));
  const headings = [...read('docs/operations.md').matchAll(/^### (Rowhouse\w+)$/gm)].map(([, name]) => name);
  expect(headings).toEqual(alerts);
});

it('each alert is tested, with what raises it and with what does not', () => {
  const tests = read('monitoring/rules/rowhouse.test.yml');
  for (const name of alerts) expect([name, tests.split(`alertname: ${name}`).length - 1]).toEqual([name, 2]);
});

it('alerts and panels are about metrics that docs/metrics.md has', () => {
  const page = read('docs/metrics.md');
  const used = `${rules.match(/^ +expr: .*$/gm)?.join('\n')} ${dashboardQueries()
    .map(({ query }) => query)
    .join(' ')}`;
  const names = new Set(
    [...used.matchAll(/rowhouse_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')),
  );
  expect([...names].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

it('docker-compose.yml mounts what is there', () => {
  const mounted = [...read('docker-compose.yml').matchAll(/^ +- \.\/(monitoring\S*?):/gm)].map(
    ([, path = '']) => path,
  );
  expect(mounted).toHaveLength(4);
  expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
