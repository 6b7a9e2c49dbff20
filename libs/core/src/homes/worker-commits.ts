import type { Owner } from './role-statements.js';
import { onWorkers, type WorkerAnswer } from './worker-roles.js';

/** For any session of this database: a role or the database may have a setting of its own. */
const MAY_CONFIRM_EARLY = `
  select (pg_catalog.current_setting('synchronous_commit') = 'off' or exists (
    select from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_database d on d.oid = s.setdatabase
     where 'synchronous_commit=off' = any (s.setconfig) and coalesce(d.datname = pg_catalog.current_database(), true)))::text`;

/**
 * The workers of Citus that may confirm a commit before it is written (manual, synchronous_commit), as `host:port`. When tables are moved
 * away from such a worker, the last commits before the end of the move are lost: Citus takes what is written for all that there is.
 */
export async function workersConfirmingEarly(owner: Owner): Promise<readonly string[]> {
  const { rows } = await owner.query<WorkerAnswer>(onWorkers(MAY_CONFIRM_EARLY));
  return rows.filter(({ success, result }) => success && result === 'true').map(({ node }) => node);
}
