import type { Tenant } from '@rowhouse/core';
import type { DeploymentRoles, RoleName } from '@rowhouse/core/internal';
import pg from 'pg';
import type { Restoration } from './adoption-plan.js';
import type { NamedObject } from './adoption-report.js';
import type { SchemaObject } from './schema-objects.js';

/** What is to become a tenant's. */
export interface Found {
  readonly tenant: Tenant;
  /** The schema that it is in. */
  readonly from: string;
  readonly objects: readonly SchemaObject[];
  /** Sequences that stay, because kept tables count by them too. */
  readonly borrowed: readonly SchemaObject[];
  /** Who is to own it. */
  readonly login: string;
  /** `undefined` where PostgreSQL keeps no tenant from another. */
  readonly roles: DeploymentRoles | undefined;
}

/** Lets roles count by sequences. Not UPDATE, which is setval(): others count by them too. */
export function sequenceGrants(sequences: readonly SchemaObject[], roles: readonly RoleName[]): string[] {
  const grantees = roles.map((role) => pg.escapeIdentifier(role)).join(', ');
  return sequences.map(({ name }) => `grant usage on sequence ${name} to ${grantees}`);
}

/** What became of it. */
export interface Conversion {
  /** The schema that it is in now. */
  readonly home: string;
  readonly moved: readonly NamedObject[];
  /** What the undoing has to run, in that order. */
  readonly restore: readonly Restoration[];
  /** Puts policies into force, on their owner too: to be run when the owner has seen all it has to see. */
  readonly enforcement: readonly string[];
  readonly warnings: readonly string[];
}
