/** Sign-in of people by an OpenID Connect provider: the admin API is a relying party of it. */
export interface OidcOptions {
  /** As the provider names itself, `https://login.example.com/realms/staff`; `http` only to this host itself. */
  readonly issuer: string;
  readonly clientId: string;
  /** Left out for a public client. */
  readonly clientSecret?: string | undefined;
  /**
   * Where browsers reach the admin API, with its path: `https://ops.example.com/admin`; `http` only to this host itself. The provider
   * sends them back to `auth/callback` below it, which is to be registered there.
   */
  readonly url: string;
  /** Asked of the provider. Default `openid profile`. */
  readonly scope?: string;
  /** Where the roles stand in the ID token: a claim, a path `realm_access.roles`, or segments for names with dots. Default `roles`. */
  readonly roleClaim?: string | readonly string[];
  /** The role that each value of the claim gives; the highest counts. Default: `viewer`, `operator` and `owner` are themselves. */
  readonly roles?: Readonly<Record<string, 'viewer' | 'operator' | 'owner'>>;
  /**
   * At least 32 characters, the same on all instances: sessions are encrypted by it. Default: ROWHOUSE_ADMIN_SESSION_KEY; without
   * either one is made, and sessions end with the process.
   */
  readonly sessionKey?: string | undefined;
}
