// What the packages of Rowhouse share among themselves. It may change with any release.

export { hasScope, isAllowedFrom, UNKNOWN_API_KEY } from './api-keys/api-key-facts.js';
export { hasWrongChecksum, makeApiKey, prefixOfApiKey } from './api-keys/api-key-format.js';
export {
  ApiKeyHashing,
  apiKeyPeppersSchema,
  PEPPERS_VARIABLE,
  peppersFromEnvironment,
} from './api-keys/api-key-hashing.js';
export { ApiKeyUses } from './api-keys/api-key-uses.js';
export { requireActor } from './audit/actor.js';
export { type AuditContext, auditContext, runInAuditContext } from './audit/audit-context.js';
export { type AuditedChange, auditStatement } from './audit/audit-records.js';
export { runEach } from './catalog/catalog.js';
export { type LockPurpose, lockKeyOf } from './catalog/catalog-locks.js';
export { DueLoop } from './catalog/due-loop.js';
export { migrateCatalog } from './catalog/migrate-catalog.js';
export type { NotificationHandler } from './catalog/notifications.js';
export { HANDLED_EVERY_MS, UNHANDLED_JOBS } from './catalog/unhandled-jobs.js';
export { decrypt, encrypt } from './encryption/aes-gcm.js';
export { type EncryptionKeys, encryptionKeysSchema, localKeys } from './encryption/encryption-keys.js';
export { EntryDirectory } from './entries/entry-directory.js';
export { makeEntryToken } from './entries/entry-token.js';
export { OperatorEntry } from './entries/operator-entry.js';
export { eventTriggersBehind, isPlace, type RefusingEventTrigger } from './homes/event-triggers.js';
export { historyTables } from './homes/home-grants.js';
export { IS_JOURNAL_TRIGGER, JOURNAL_SCHEMA } from './homes/journal.js';
export { DEFAULT_PLACEMENT, databaseKeyOf, isElsewhere } from './homes/placements.js';
export { reachPlacement } from './homes/reach-placement.js';
export { DEFAULT_SYSTEM_ROLE, ROW_POLICIES } from './homes/row-policies.js';
export { HOLDS_ROWS_OF_TENANTS } from './homes/row-tables.js';
export { HAS_CITUS, ON_COORDINATOR_ONLY } from './homes/server-facts.js';
export { workersConfirmingEarly } from './homes/worker-commits.js';
export { outgoingFetch } from './outgoing/outgoing-fetch.js';
export { type OutgoingOptions, type OutgoingPolicy, outgoingSchema } from './outgoing/outgoing-policy.js';
export {
  allowedAddressesOf,
  OutgoingError,
  type OutgoingFailure,
  type OutgoingRequest,
  sendOutgoing,
} from './outgoing/outgoing-request.js';
export { OutgoingUrlError, parseOutgoingUrl } from './outgoing/outgoing-url.js';
export type { ResolveAddresses } from './outgoing/resolve-addresses.js';
export { failedStatementOf, runScript, type ScriptStatement } from './pin/pinned-query.js';
export { LIMIT_SOURCES } from './plans/effective-plan.js';
export { overridesPatchSchema, plansSchema } from './plans/plan.js';
export { QuotaNotices } from './plans/quota-notices.js';
export { LIMIT_NAMES } from './plans/tenant-limits.js';
export type { ObservedStatement, PoolObserver, RunningStatement } from './pool/pool-observation.js';
export { parsePoolOptions, type TenancyPoolSettings, tenancyPoolSchema } from './pool-options.js';
export { type Reader, ReplicaReads, UNKNOWN_POSITION } from './replicas/replica-reads.js';
export {
  ENQUEUE_IN_OUTBOX,
  ENQUEUE_JOB,
  ENQUEUE_JOB_AS_SYSTEM,
  NOTE_OUTBOX,
  OPEN_OUTBOX,
} from './statement/job-statements.js';
export type { StatementFacts, TextFacts } from './statement/statement-facts.js';
export { StatementReader } from './statement/statement-reader.js';
export {
  CONTROLS_REFUSED,
  escapeControls,
  isFreeOfControls,
  isStorableJson,
  UNSTORABLE_REFUSED,
} from './support/control-characters.js';
export { counted } from './support/counted.js';
export { csvLine } from './support/csv.js';
export { Lazy } from './support/lazy.js';
export { messageOf } from './support/message-of.js';
export { isNetwork, Networks } from './support/networks.js';
export { invalidFieldsOf, parseOptions } from './support/parse-options.js';
export {
  addressIn,
  atAddress,
  clientConfig,
  isPostgresUrl,
  loginOf,
  securityIn,
  withFields,
} from './support/postgres-address.js';
export { postgresUrlSchema } from './support/postgres-url.js';
export { Signal } from './support/signal.js';
export { isTransientLockError, isTransientRoleError, sqlStateOf } from './support/sql-state.js';
export { whileHeld } from './support/while-held.js';
export { workThrough } from './support/work-through.js';
export { type DeploymentRoles, databaseNameOf, isHostname, type RoleName, rolesOf } from './tenant.js';
export { currentLogIds, requireEntryTo, runAsRequest, seenPosition } from './tenant-context.js';
export { findTenant } from './tenants/find-tenant.js';
export { announceChange, TENANT_CHANGE_CHANNEL } from './tenants/tenant-change-listener.js';
export { companionsSchema, KNOWN_COMPANIONS } from './tenants/tenant-companion.js';
export {
  beginOperation,
  DEFAULT_PLAN,
  deleteTenant,
  endOperation,
  explainConflict,
  failOperation,
  insertTenant,
  parseNewTenant,
  parseTenantChange,
  readTenant,
  setTenantOverrides,
  setTenantStatus,
  TENANT_COLUMNS,
  updateTenant,
  writeEvent,
} from './tenants/tenant-records.js';
export { isTenantChangeFeed } from './tenants/tenant-store.js';
export { pauseAfter } from './webhooks/retry-schedule.js';
export { makeWebhookSecret, webhookHeaders } from './webhooks/webhook-signature.js';
