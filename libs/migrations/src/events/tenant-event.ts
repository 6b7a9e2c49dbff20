import { type Actor, parseTenant, TENANT_EVENTS, type Tenant, type TenantEventType } from '@rowhouse/core';

/** A change of a tenant. It was committed before any hook is called. */
export interface TenantEvent {
  /**
   * Identifies the event: it is the same in every delivery, so a hook can store it to avoid doing its work twice. Later
   * events have greater numbers.
   */
  readonly id: string;
  readonly type: TenantEventType;
  /** The tenant directly after the change; it may have changed again since. */
  readonly tenant: Tenant;
  /** Who made the change, if the caller named an actor. */
  readonly actor: Actor | undefined;
  /** What the event is about, where that is not the tenant alone: `invitationId` of `invited`; `quota`, `used` and `limit` of `quotaNear` and `quotaReached`; `share`, `noisyConcurrency` and `statements` of `noisy`; `fileId`, `name` and `found` of `fileQuarantined`. */
  readonly detail: Readonly<Record<string, unknown>> | undefined;
  readonly createdAt: Date;
}

/** An event as the catalog stores it. The tenant is its row as JSON. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly tenant: Readonly<Record<string, unknown>>;
  readonly actor: Actor | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
  readonly createdAt: Date;
}

/**
 * @throws {TypeError} for a type that this release does not know.
 * @throws {OptionsInvalidError} when the stored tenant is not valid.
 */
export function parseEvent({ id, type, tenant, actor, detail, createdAt }: StoredEvent): TenantEvent {
  if (!isEventType(type)) throw new TypeError(`This release knows no event of the type "${type}".`);
  const { created_at, updated_at, ...fields } = tenant;
  return Object.freeze({
    id,
    type,
    tenant: parseTenant({ ...fields, createdAt: created_at, updatedAt: updated_at }),
    actor: actor ?? undefined,
    detail: detail ?? undefined,
    createdAt,
  });
}

function isEventType(type: string): type is TenantEventType {
  return (TENANT_EVENTS as readonly string[]).includes(type);
}
