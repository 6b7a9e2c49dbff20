import { UNHANDLED_JOBS } from '../../catalog/unhandled-jobs.js';
import type { Check } from '../examination.js';
import { judge, pass } from '../report.js';

const HAS_QUEUES = `select from pg_catalog.pg_attribute
  where attrelid = pg_catalog.to_regclass('rowhouse.job_queues') and attname = 'handled_at'`;

export const JOB_CHECKS: readonly Check[] = [
  {
    id: 'jobs.handled',
    async run({ owner }) {
      if (!(await owner.query(HAS_QUEUES)).rowCount) return pass('The catalog has no jobs.');
      const { rows } = await owner.query<{ name: string; waiting: number }>(UNHANDLED_JOBS);
      return judge(
        rows.map(({ name, waiting }) => `${name} (${waiting})`),
        {
          status: 'warn',
          none: 'No job waits under a name that nobody handles.',
          one: 'Jobs wait under a name that no worker handles',
          some: 'Jobs wait under names that no worker handles',
          remedy:
            'Start the app that has the handler (@TenantJob of this name), correct the name where jobs are enqueued, or cancel them: rowhouse jobs list --state waiting --name …',
        },
      );
    },
  },
];
