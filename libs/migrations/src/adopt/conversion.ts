import type { Tenant } from '@rowhouse/core';
import type { DeploymentRoles, RoleName } from '@rowhouse/core/internal';
import pg from 'pg';
import type { Restoration } from './adoption-plan.js';
import type { NamedObject } from './adoption-report.js';
import type { SchemaObject } from './survey/schema-objects.js';

/** The objects to adopt, and the context that the conversion needs. */
export interface AdoptedObjects {
  readonly tenant: Tenant;
  /** The schemas that they are in. */
  readonly from: readonly string[];
  readonly objects: readonly SchemaObject[];
  /** Sequences that stay, because kept tables use them too. */
  readonly sharedSequences: readonly SchemaObject[];
  /** The login that will own them. */
  readonly login: string;
  /** `undefined` if the deployment works without roles. */
  readonly roles: DeploymentRoles | undefined;
}

/** Grants USAGE on sequences. Not UPDATE, which allows setval(): others use the sequences too. */
export function sequenceGrants(sequences: readonly SchemaObject[], roles: readonly RoleName[]): string[] {
  const grantees = roles.map((role) => pg.escapeIdentifier(role)).join(', ');
  return sequences.map(({ name }) => `grant usage on sequence ${name} to ${grantees}`);
}

/** The result of a conversion. */
export interface Conversion {
  /** The schema that the objects are in now. */
  readonly home: string;
  readonly moved: readonly NamedObject[];
  /** By former schema, what came from it: names in the home. The first schema is left out, and all with isolation `row`. */
  readonly others: Readonly<Record<string, string[]>>;
  /** The statements that undo it, in this order. */
  readonly restore: readonly Restoration[];
  /** Statements that make the policies apply to the table owner too. Run them last, when the owner has counted all rows. */
  readonly enforcement: readonly string[];
  readonly warnings: readonly string[];
}
