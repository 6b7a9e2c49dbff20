// The services without Nest: for scripts, commands and other frameworks.

export { type EncryptionKeys as SettingsKeys, localKeys } from '@rowhouse/core/internal';
export { Audit, type AuditListing, type AuditRetention } from './audit/audit.js';
export type { AuditEntry, AuditFilter } from './audit/audit-entry.js';
export { AUDIT_FORMATS, type AuditFormat } from './audit/audit-export.js';
export type {
  AuditFault,
  AuditProblem,
  AuditVerification,
  VerifyOptions,
} from './audit/audit-verification.js';
export type { Domain } from './domains/domain.js';
export type { DomainChallenge, DomainFailure, ResolveTxt } from './domains/domain-challenge.js';
export {
  DomainInvalidError,
  DomainLimitError,
  DomainNotFoundError,
  DomainNotVerifiedError,
  DomainTakenError,
} from './domains/domain-errors.js';
export type { DomainStatus } from './domains/domain-schedule.js';
export { type DomainControl, Domains, type DomainsOptions } from './domains/domains.js';
export { EntryConflictError, EntryInvalidError, EntryNotFoundError } from './entries/entry-errors.js';
export {
  OperatorEntries,
  type OperatorEntriesOptions,
  type OperatorEntryListing,
} from './entries/operator-entries.js';
export type {
  NewOperatorEntry,
  OperatorEntryInput,
  OperatorEntryRecord,
} from './entries/operator-entry-record.js';
export {
  ApiKeyConflictError,
  ApiKeyInvalidError,
  ApiKeyNotFoundError,
  OperationConflictError,
  OperationNotFoundError,
} from './errors.js';
export type { ApiKey, ApiKeyChange, ApiKeyInput, ApiKeyRotation, NewApiKey } from './keys/api-key.js';
export {
  type ApiKeyChangeOptions,
  type ApiKeyCheck,
  type ApiKeyListing,
  ApiKeys,
  type ApiKeysOptions,
} from './keys/api-keys.js';
export {
  type Invitation,
  type InvitationAcceptance,
  type InvitationListing,
  Invitations,
  type NewInvitation,
  type NewInvitationAnswer,
} from './members/invitations.js';
export type {
  Member,
  MemberChange,
  MemberFilter,
  MemberStatus,
  NewMember,
  TenantUser,
} from './members/member.js';
export {
  InvitationEmailDiffersError,
  InvitationEndedError,
  InvitationNotFoundError,
  LastOwnerError,
  MemberConflictError,
  MemberInvalidError,
  MemberNotFoundError,
  MemberRoleUnknownError,
} from './members/member-errors.js';
export {
  type MemberCounts,
  MemberListing,
  type MemberListQuery,
  type TenantOfUser,
} from './members/member-listing.js';
export type { MemberRolesOptions } from './members/member-roles.js';
export { type MemberControl, Members } from './members/members.js';
export {
  type MeasuredProgress,
  OPERATION_STATES,
  type Operation,
  type OperationProgress,
  type OperationState,
  type OperationStep,
} from './operations/operation.js';
export { OperationLedger, type OperationListing } from './operations/operation-ledger.js';
export { OverridesInvalidError, PlansNotDeclaredError } from './plans/plan-errors.js';
export {
  type DeclaredPlan,
  type OverrideControl,
  type OverridesPatch,
  TenantPlans,
  type TenantPlanView,
} from './plans/tenant-plans.js';
export { CatalogRecords, type CatalogRecordsOptions } from './records/catalog-records.js';
export {
  type KeyRotationOptions,
  type KeyRotationReport,
  rotateKeys,
} from './settings/key-rotation.js';
export type { SettingsChange } from './settings/settings-change.js';
export { checkSettings, type SettingsCheckReport, type SettingsMisfit } from './settings/settings-check.js';
export {
  SettingsInvalidError,
  SettingsUnreadableError,
  SettingsVersionNotFoundError,
} from './settings/settings-errors.js';
export type { SettingsDeclaration } from './settings/settings-shape.js';
export {
  type SettingsChangeControl,
  SettingsStore,
  type SettingsView,
} from './settings/settings-store.js';
export { TenantSettings, type TenantSettingsCacheOptions } from './settings/tenant-settings.js';
export type { OidcOptions } from './sign-in/oidc-options.js';
export {
  TENANT_HEALTHS,
  TENANT_SORTS,
  type TenantDetails,
  type TenantFilter,
  type TenantHealth,
  TenantListing,
  type TenantListQuery,
} from './tenants/tenant-listing.js';
export type { TransfersOptions } from './transfers/transfers-options.js';
export {
  type NewWebhook,
  WEBHOOK_EVENTS,
  type Webhook,
  type WebhookChange,
  type WebhookRotation,
  type WebhookWithSecret,
} from './webhooks/webhook.js';
export { WebhookDeliveries, type WebhookDeliveryListing } from './webhooks/webhook-deliveries.js';
export { DELIVERY_STATUSES, type DeliveryStatus, type WebhookDelivery } from './webhooks/webhook-delivery.js';
export { WebhookDispatcher } from './webhooks/webhook-dispatcher.js';
export {
  WebhookConflictError,
  WebhookDeliveryNotFoundError,
  WebhookInvalidError,
  WebhookKeysMissingError,
  WebhookNotFoundError,
  WebhookSecretUnreadableError,
} from './webhooks/webhook-errors.js';
export type { WebhooksOptions } from './webhooks/webhook-options.js';
export type { WebhookKeysReport } from './webhooks/webhook-secrets.js';
export { type WebhookControl, type WebhookListQuery, Webhooks } from './webhooks/webhooks.js';
