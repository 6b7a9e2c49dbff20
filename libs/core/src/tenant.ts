import { z } from 'zod';
import { OptionsInvalidError, TenantIdInvalidError } from './errors.js';
import { overridesSchema, type TenantOverrides } from './plans/plan.js';
import { parseOptions } from './support/parse-options.js';

/** Where a tenant stands in its life. Only `active` tenants are served. */
export const TENANT_STATUSES = [
  'provisioning',
  'active',
  'suspended',
  'maintenance',
  'archived',
  'deleting',
  'deleted',
  'failed',
] as const;
export type TenantStatus = (typeof TENANT_STATUSES)[number];

/** How PostgreSQL keeps a tenant apart: its own schema, row-level security, or its own database. */
export const TENANT_ISOLATIONS = ['schema', 'row', 'database'] as const;
export type TenantIsolation = (typeof TENANT_ISOLATIONS)[number];

declare const brand: unique symbol;

/** A tenant's human id, as it stands in URLs and headers. Made only by {@link parseTenantSlug}. */
export type TenantSlug = string & { readonly [brand]: 'TenantSlug' };

/** The name of a tenant's PostgreSQL schema. Made only by {@link schemaNameOf}, so it is always safe to quote. */
export type SchemaName = string & { readonly [brand]: 'SchemaName' };

/** One customer. Immutable: a change is a new object from the store. */
export interface Tenant {
  /** UUID, lower case. */
  readonly id: string;
  readonly slug: TenantSlug;
  readonly name: string;
  readonly status: TenantStatus;
  readonly isolation: TenantIsolation;
  /** The PostgreSQL schema that holds the tenant's tables, with isolation `schema`. */
  readonly schema: SchemaName;
  /** The named PostgreSQL server or database the tenant lives on. */
  readonly placement: string;
  readonly plan: string;
  /** What it has in place of what its plan says. */
  readonly overrides: TenantOverrides;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const SLUG = /^[a-z][a-z0-9-]{0,47}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A slug longer than this is refused before it is looked at (the longest slug has 48 characters). */
const MAX_IDENTIFIER_LENGTH = 253;

export function isTenantSlug(value: string): value is TenantSlug {
  return typeof value === 'string' && value.length <= 48 && SLUG.test(value);
}

export function isTenantId(value: string): boolean {
  return typeof value === 'string' && value.length === 36 && UUID.test(value);
}

/**
 * Checks a slug: 1 to 48 characters, `a-z`, `0-9` and `-`, beginning with a letter.
 *
 * @throws {TenantIdInvalidError} when it is anything else.
 */
export function parseTenantSlug(value: string): TenantSlug {
  if (!isTenantSlug(value)) throw new TenantIdInvalidError('slug');
  return value;
}

/**
 * The schema of a tenant: `tenant_` and the slug, with `-` written as `_`.
 *
 * At most 55 bytes, inside PostgreSQL's limit of 63 (manual, 4.1.1 "Identifiers and Key Words").
 * Slugs hold no `_`, so two slugs never share a schema.
 */
export function schemaNameOf(slug: TenantSlug): SchemaName {
  return `tenant_${slug.replaceAll('-', '_')}` as SchemaName;
}

/** A role name, always safe to quote. Made only by {@link rolesOf}. */
export type RoleName = string & { readonly [brand]: 'RoleName' };

/** The roles of one deployment. Roles belong to a whole server, so two deployments on one server need two prefixes. */
export interface DeploymentRoles {
  /** What logins of the application are members of: it may act as any other of these roles, and inherits from none. */
  readonly app: RoleName;
  /** What every tenant's role is a member of: it may read the shared tables. */
  readonly shared: RoleName;
  /** Acts for tenants with isolation `row`. */
  readonly row: RoleName;
  /** Acts for the system: it sees the rows of all tenants with isolation `row`, and the shared tables. */
  readonly system: RoleName;
  /** The role of one tenant with isolation `schema` or `database`, named by its id, which never changes. */
  ofTenant(tenant: Pick<Tenant, 'id'>): RoleName;
}

const ROLE_PREFIX = /^[a-z][a-z0-9_]{0,29}$/;

/** What a prefix of role names may be: it leaves room for an id within PostgreSQL's 63 bytes. */
export function isRolePrefix(value: string): boolean {
  return ROLE_PREFIX.test(value) && !value.startsWith('pg_');
}

/** The names of a deployment's roles, each beginning with `prefix`. */
export function rolesOf(prefix: string): DeploymentRoles {
  if (!isRolePrefix(prefix))
    throw new OptionsInvalidError('pool', [
      {
        field: 'roles',
        expected: `expected a prefix of role names (${ROLE_PREFIX.source}), not "${prefix}"`,
      },
    ]);
  const named = (name: string) => `${prefix}_${name}` as RoleName;
  return {
    app: named('app'),
    shared: named('shared'),
    row: named('row'),
    system: named('system'),
    ofTenant: ({ id }) => named(id.replaceAll('-', '')),
  };
}

/**
 * The database of a tenant with isolation `database`: its schema name and the first digits of its id, because databases
 * of several deployments may share a server.
 */
export function databaseNameOf({ schema, id }: Pick<Tenant, 'schema' | 'id'>): string {
  return `${schema.slice(0, 54)}_${id.slice(0, 8)}`;
}

const HOSTNAME =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** A lower-case DNS host name (RFC 1123), without a port. */
export function isHostname(value: string): boolean {
  return value.length <= MAX_IDENTIFIER_LENGTH && HOSTNAME.test(value);
}

/** PostgreSQL's text holds no NUL. */
const text = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, 'expected text without NUL');

/** What each field of a tenant may be. */
export const TENANT_FIELDS = {
  name: text.max(200),
  placement: text,
  plan: text.max(200),
  metadata: z.record(z.string(), z.unknown()),
};

export const tenantSchema = z.object({
  id: z.string().refine(isTenantId, 'expected a lower-case UUID'),
  slug: z.string().refine(isTenantSlug, 'expected 1 to 48 of a-z, 0-9 and -, beginning with a letter'),
  status: z.enum(TENANT_STATUSES),
  isolation: z.enum(TENANT_ISOLATIONS),
  ...TENANT_FIELDS,
  overrides: overridesSchema.default({}),
  createdAt: z.coerce.date(),
  updatedAt: z.coerce.date(),
});

/**
 * Builds a tenant from data that a store holds (a database row, a JSON answer).
 *
 * @throws {OptionsInvalidError} when a field is missing or wrong; the message names the field.
 */
export function parseTenant(data: unknown): Tenant {
  return tenantOf(parseOptions('Tenant', tenantSchema, data));
}

/** The tenant of fields that were checked. */
export function tenantOf(fields: z.output<typeof tenantSchema>): Tenant {
  const slug = fields.slug as TenantSlug;
  return Object.freeze({
    ...fields,
    slug,
    schema: schemaNameOf(slug),
    overrides: Object.freeze(fields.overrides) as TenantOverrides,
    metadata: Object.freeze(fields.metadata),
  });
}
