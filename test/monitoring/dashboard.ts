import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/workspace.mjs';

interface Panel {
  readonly title: string;
  readonly targets?: ReadonlyArray<{ readonly expr: string }>;
}

/** What the panels of the dashboard ask, with the variables that Grafana fills in. */
export function dashboardQueries(): ReadonlyArray<{ readonly title: string; readonly query: string }> {
  const file = join(ROOT, 'monitoring/grafana/dashboards/rowhouse.json');
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: readonly Panel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      query: expr.replaceAll('$__rate_interval', '1m').replaceAll('$tenant', '.*'),
    })),
  );
}
