import { type Actor, parseTenant, TENANT_EVENTS, type Tenant, type TenantEventType } from '@rowhouse/core';

/** Something that has happened to a tenant. It was committed before any hook hears of it. */
export interface TenantEvent {
  /**
   * The same each time the event is delivered: hooks that must not do their work twice keep it. Later events of the
   * catalog have greater numbers.
   */
  readonly id: string;
  readonly type: TenantEventType;
  /** The tenant as the change left it; it may have changed again since. */
  readonly tenant: Tenant;
  /** Who made the change, where that was said. */
  readonly actor: Actor | undefined;
  readonly createdAt: Date;
}

/** An event as the catalog holds it: the tenant is its row, as JSON. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly tenant: Readonly<Record<string, unknown>>;
  readonly actor: Actor | null;
  readonly createdAt: Date;
}

/**
 * @throws {TypeError} for a type that this release does not know.
 * @throws {OptionsInvalidError} when the tenant is none.
 */
export function parseEvent({ id, type, tenant, actor, createdAt }: StoredEvent): TenantEvent {
  if (!isEventType(type)) throw new TypeError(`This release knows no event of the type "${type}".`);
  const { created_at, updated_at, ...fields } = tenant;
  return Object.freeze({
    id,
    type,
    tenant: parseTenant({ ...fields, createdAt: created_at, updatedAt: updated_at }),
    actor: actor ?? undefined,
    createdAt,
  });
}

function isEventType(type: string): type is TenantEventType {
  return (TENANT_EVENTS as readonly string[]).includes(type);
}
