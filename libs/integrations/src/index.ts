export { type EncryptionKeys, localKeys } from '@rowhouse/core/internal';
export {
  IntegrationAccountError,
  IntegrationInvalidError,
  IntegrationKeysError,
  IntegrationNotFoundError,
  IntegrationProviderError,
  IntegrationProviderUnknownError,
  IntegrationReconnectError,
  IntegrationRefusedError,
  IntegrationStateInvalidError,
  IntegrationUserMissingError,
} from './errors.js';
export type { IntegrationFilter } from './integration-records.js';
export type { TenantIntegrationsModuleOptions } from './integrations-options.js';
export type { IntegrationView } from './nest/integration-view.js';
export type { TenantIntegrationsRoutesOptions } from './nest/integrations-path.js';
export {
  TenantIntegrationsModule,
  type TenantIntegrationsOptionsFactory,
} from './nest/tenant-integrations.module.js';
export type { AuthorizeOptions, FinishedAuthorization } from './oauth/authorizations.js';
export type { OAuthProviderOptions } from './oauth/provider-options.js';
export { TenantAuthorization } from './oauth/tenant-authorization.entity.js';
export { type PublicAddressOptions, publicAddressOf } from './public-address.js';
export { INTEGRATION_STATES, type IntegrationState, TenantIntegration } from './tenant-integration.entity.js';
export {
  type AccessTokenOptions,
  type IntegrationKeysReport,
  TenantIntegrations,
} from './tenant-integrations.js';
