import pg from 'pg';
import type { TenancyPoolSettings } from '../pool-options.js';
import type { DeploymentRoles, Tenant } from '../tenant.js';
import {
  createSchemas,
  findStrayGrants,
  grantHome,
  revokeStrayGrants,
  type StrayGrant,
} from './home-grants.js';
import { dropTenantRole, makeTenantRole, type Owner } from './role-statements.js';

const { escapeIdentifier: quote } = pg;

/** The roles of a deployment, with the prefix of their names. */
export interface PrefixedRoles {
  readonly names: DeploymentRoles;
  readonly prefix: string;
}

/** The roles, and the tables of homes that tenants may only read. */
export interface GrantedRoles extends PrefixedRoles {
  readonly readOnlyTables: readonly string[];
}

/** @returns `undefined` where roles are off. */
export function grantedRoles(
  names: DeploymentRoles | undefined,
  { roles: prefix }: Pick<TenancyPoolSettings, 'roles'>,
  readOnlyTables: readonly string[],
): GrantedRoles | undefined {
  return names && prefix !== false ? { names, prefix, readOnlyTables } : undefined;
}

/** Makes the schema, role and grants of a tenant with isolation `schema`, or repairs them. @param roles - `undefined` where they are off. */
export async function prepareSchema(
  owner: Owner,
  tenant: Tenant,
  roles: GrantedRoles | undefined,
): Promise<void> {
  await createSchemas(owner, [tenant.schema]);
  if (!roles) return;
  await makeTenantRole(owner, roles.names, tenant);
  await grantHome(owner, tenant.schema, roles.names.ofTenant(tenant), roles.readOnlyTables);
  await revokeStrayGrants(owner, await strayGrantsIn(owner, [tenant], roles));
}

/** Removes the schema of a tenant with everything in it, and its role. */
export async function removeSchema(
  owner: Owner,
  tenant: Tenant,
  roles: PrefixedRoles | undefined,
): Promise<void> {
  await owner.query(`drop schema if exists ${quote(tenant.schema)} cascade`);
  if (roles) await dropTenantRole(owner, roles.names, tenant);
}

/** The privileges of PUBLIC and of other roles in the schemas of these tenants, which are in the database of `owner`. */
export function strayGrantsIn(
  owner: Owner,
  tenants: readonly Tenant[],
  { names, prefix }: PrefixedRoles,
): Promise<StrayGrant[]> {
  const homes = tenants
    .filter(({ isolation }) => isolation === 'schema')
    .map((tenant) => ({ schema: tenant.schema, role: names.ofTenant(tenant) }));
  return findStrayGrants(owner, homes, prefix);
}
