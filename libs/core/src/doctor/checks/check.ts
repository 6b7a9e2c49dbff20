import type { Examination } from '../examination.js';
import type { Finding } from '../report.js';

/** One thing that is looked at. */
export interface Check {
  /** As in the report; documented in `docs/doctor.md`. */
  readonly id: string;
  /** Left out of a quick examination: its cost grows with the number of tenants. */
  readonly thorough?: boolean;
  /** Only for deployments with roles. */
  readonly needsRoles?: boolean;
  /** What it throws is reported as a failure of this check. */
  run(examination: Examination): Promise<Finding>;
}
