import type { OidcOptions } from '@rowhouse/admin/services';
import type { ParsedConfig } from '../config/define-config.js';
import type { Io } from '../shell/io.js';

/**
 * The sign-in of the admin API: `admin.oidc` of the config, and what the environment says beside it. Without an issuer there is none.
 *
 * @param listensOn - where browsers reach it when nothing else is said. A port that is not known yet cannot be registered at the provider.
 */
export function adminOidc(
  config: ParsedConfig | undefined,
  env: Io['env'],
  listensOn: { readonly host: string; readonly port: number },
): OidcOptions | undefined {
  const given = config?.admin?.oidc;
  const issuer = given?.issuer ?? env['ROWHOUSE_ADMIN_OIDC_ISSUER'];
  if (!issuer) return undefined;
  const ownUrl = listensOn.port === 0 ? '' : `http://${listensOn.host}:${listensOn.port}/admin`;
  return {
    ...given,
    issuer,
    clientId: given?.clientId ?? env['ROWHOUSE_ADMIN_OIDC_CLIENT_ID'] ?? '',
    clientSecret: given?.clientSecret ?? (env['ROWHOUSE_ADMIN_OIDC_CLIENT_SECRET'] || undefined),
    url: given?.url ?? (env['ROWHOUSE_ADMIN_URL'] || ownUrl),
    sessionKey: given?.sessionKey ?? (env['ROWHOUSE_ADMIN_SESSION_KEY'] || undefined),
  };
}
