import { claimPath, OPERATOR_ROLES } from '@rowhouse/nestjs/operator';
import { z } from 'zod';

/** What the key of sessions is read from. */
const SESSION_KEY_VARIABLE = 'ROWHOUSE_ADMIN_SESSION_KEY';

const safeUrl = z
  .url('expected a URL')
  .refine((url) => URL.canParse(url) && isSafe(new URL(url)), 'expected https, or http to this host itself')
  .refine((url) => !/[?#]/.test(url), 'expected a URL without a query');

/** Checks the options of a sign-in. */
export const oidcOptionsSchema = z.strictObject({
  issuer: safeUrl,
  clientId: z.string().min(1, 'expected the id that the provider gave the client').max(500),
  clientSecret: z.string().min(1).optional(),
  url: safeUrl.transform((url) => url.replace(/\/+$/, '')),
  scope: z
    .string()
    .refine((scope) => scope.split(' ').includes('openid'), 'expected a scope with "openid"')
    .default('openid profile'),
  roleClaim: claimPath.prefault('roles'),
  roles: z
    .record(z.string().min(1), z.enum(OPERATOR_ROLES))
    .default(Object.fromEntries(OPERATOR_ROLES.map((role) => [role, role])))
    .transform((roles) => new Map(Object.entries(roles))),
  sessionKey: z
    .string()
    .min(32, 'expected at least 32 characters')
    .optional()
    .prefault(() => process.env[SESSION_KEY_VARIABLE] || undefined),
});

export type OidcSettings = Readonly<z.output<typeof oidcOptionsSchema>>;

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}
