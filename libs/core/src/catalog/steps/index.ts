import { tenants } from './0001-tenants.js';
import { notifications } from './0002-notifications.js';
import { fleet } from './0003-fleet.js';
import { lifeOfTenants } from './0004-life-of-tenants.js';
import { actors } from './0005-actors.js';
import { locks } from './0006-locks.js';
import { groupsOfHomes } from './0007-groups-of-homes.js';
import { operations } from './0008-operations.js';
import { apiKeys } from './0009-api-keys.js';
import { audit } from './0010-audit.js';
import { domains } from './0011-domains.js';
import { settings } from './0012-settings.js';
import { members } from './0013-members.js';
import { overrides } from './0014-overrides.js';
import { webhooks } from './0015-webhooks.js';
import { operatorEntries } from './0016-operator-entries.js';
import { imports } from './0017-imports.js';
import { clones } from './0018-clones.js';
import { backups } from './0019-backups.js';
import { exports } from './0020-exports.js';
import { eventsOfParts } from './0021-events-of-parts.js';
import { jobs } from './0022-jobs.js';
import { jobOutboxes } from './0023-job-outboxes.js';
import { tenantsMadeSuspended } from './0024-tenants-made-suspended.js';
import { rates } from './0025-rates.js';
import { metrics } from './0026-metrics.js';
import { handledJobs } from './0027-handled-jobs.js';
import { quotas } from './0028-quotas.js';
import { usage } from './0029-usage.js';
import { activity } from './0030-activity.js';
import { pausedOperations } from './0031-paused-operations.js';
import { uploads } from './0032-uploads.js';
import { endedSessions } from './0033-ended-sessions.js';
import { cacheMetrics } from './0034-cache-metrics.js';
import { fileMetrics } from './0035-file-metrics.js';
import { jobUsage } from './0036-job-usage.js';
import { purgedContents } from './0037-purged-contents.js';
import { jobOutboxesOfPlacements } from './0038-job-outboxes-of-placements.js';
import { quarantinedFiles } from './0039-quarantined-files.js';
import type { CatalogStep } from './catalog-step.js';

/** Every step that makes the catalog, in order. */
export const CATALOG_STEPS: readonly CatalogStep[] = [
  tenants,
  notifications,
  fleet,
  lifeOfTenants,
  actors,
  locks,
  groupsOfHomes,
  operations,
  apiKeys,
  audit,
  domains,
  settings,
  members,
  overrides,
  webhooks,
  operatorEntries,
  imports,
  clones,
  backups,
  exports,
  eventsOfParts,
  jobs,
  jobOutboxes,
  tenantsMadeSuspended,
  rates,
  metrics,
  handledJobs,
  quotas,
  usage,
  activity,
  pausedOperations,
  uploads,
  endedSessions,
  cacheMetrics,
  fileMetrics,
  jobUsage,
  purgedContents,
  jobOutboxesOfPlacements,
  quarantinedFiles,
];

export type { CatalogStep };
