import { BORDER_CHECKS } from './checks/border-checks.js';
import { CITUS_CHECKS } from './checks/citus-checks.js';
import { FUNCTION_CHECKS } from './checks/function-checks.js';
import { GRANT_CHECKS } from './checks/grant-checks.js';
import { JOB_CHECKS } from './checks/job-checks.js';
import { LOGIN_CHECKS } from './checks/login-checks.js';
import { PIN_CHECKS } from './checks/pin-checks.js';
import { POOLER_CHECKS } from './checks/pooler-checks.js';
import { REPLICA_CHECKS } from './checks/replica-checks.js';
import { ROLE_CHECKS } from './checks/role-checks.js';
import { ROW_CHECKS } from './checks/row-checks.js';
import { SERVER_CHECKS } from './checks/server-checks.js';
import { SHARED_CHECKS } from './checks/shared-checks.js';
import { SYNTHETIC_CHECKS } from './checks/synthetic-checks.js';
import { TENANT_CHECKS } from './checks/tenant-checks.js';
import { type Check, type DatabaseCheck, Examination, type ExamineOptions } from './examination.js';
import type { ExaminedDatabase } from './examined-database.js';
import {
  type CheckReport,
  combined,
  type DoctorReport,
  explain,
  type Finding,
  type FindingAt,
  fail,
} from './report.js';

/** In the order in which they run. The last one removes what the others made. */
export const CHECKS: readonly Check[] = [
  ...SERVER_CHECKS,
  ...CITUS_CHECKS,
  ...POOLER_CHECKS,
  ...ROLE_CHECKS,
  ...LOGIN_CHECKS,
  ...REPLICA_CHECKS,
  ...PIN_CHECKS,
  ...ROW_CHECKS,
  ...SHARED_CHECKS,
  ...BORDER_CHECKS,
  ...FUNCTION_CHECKS,
  ...GRANT_CHECKS,
  ...TENANT_CHECKS,
  ...JOB_CHECKS,
  ...SYNTHETIC_CHECKS,
];

/**
 * Looks for what would let one tenant reach another, and proves with synthetic tenants on the application's own path that
 * pins hold and PostgreSQL refuses access to other tenants.
 *
 * Nothing of the deployment is changed. Schemas and roles of synthetic tenants (`rhdoctor-…`) are made and removed
 * again. What an examination that was killed left behind is removed by the first one that runs an hour later.
 *
 * @throws {DatabaseUnreachableError} when one of the logins cannot connect.
 * @throws {OptionsInvalidError} naming the path of each wrong option.
 */
export function examine(options: ExamineOptions): Promise<DoctorReport> {
  return examineBy(CHECKS, options);
}

/** As {@link examine}, with these checks only. */
export async function examineBy(wanted: readonly Check[], options: ExamineOptions): Promise<DoctorReport> {
  const examination = await Examination.begin(options);
  try {
    const checks: CheckReport[] = [];
    for (const check of wanted) {
      if (options.quick && check.thorough) continue;
      if (check.needsReplicas && examination.replicas.length === 0) continue;
      if (check.needsCitus && !examination.server.hasCitus) continue;
      if (check.needsRoles && !examination.roles) continue;
      if (check.needsPlacements && Object.keys(examination.settings.databases.placements).length === 0)
        continue;
      if (await isAnothers(check, examination)) continue;
      const finding = await findingOf(() =>
        'run' in check ? check.run(examination) : check.runIn(examination),
      );
      const elsewhere = 'run' in check || options.quick ? [] : await findingsElsewhere(check, examination);
      checks.push({ id: check.id, ...combined(finding, elsewhere) });
    }
    return { checks };
  } finally {
    await examination.end();
  }
}

/** What is another deployment's is neither examined nor advised on. */
async function isAnothers({ needsRoles }: Check, database: ExaminedDatabase): Promise<boolean> {
  return needsRoles === 'own' && (await database.otherHolder()) !== undefined;
}

async function findingsElsewhere(check: DatabaseCheck, examination: Examination): Promise<FindingAt[]> {
  const found: FindingAt[] = [];
  for (const database of (await examination.placements()).reached) {
    if (await isAnothers(check, database)) continue;
    found.push({
      placement: database.placement,
      finding: await findingOf(() => check.runIn(database)),
    });
  }
  return found;
}

async function findingOf(run: () => Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    return fail(
      `The check could not be made: ${explain(error)}`,
      'Mend what the error names, then examine again.',
    );
  }
}
