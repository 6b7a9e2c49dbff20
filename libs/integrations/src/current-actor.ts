import { TenantContext } from '@rowhouse/core';
import { IntegrationUserMissingError } from './errors.js';

/** Who does the work: `user:42`. @throws {IntegrationUserMissingError} */
export function currentActor(): string {
  const actor = TenantContext.actor();
  if (!actor) throw new IntegrationUserMissingError();
  return `${actor.type}:${actor.id}`;
}
