import 'reflect-metadata';

/** What a route asks of its requests. */
export type TenantNeed =
  | { readonly kind: 'required' }
  | { readonly kind: 'optional' }
  /** Served above all tenants, whatever the request names. */
  | { readonly kind: 'system'; readonly reason: string | undefined };

export const TENANT_NEED = 'rowhouse:tenant-need';

/**
 * What the decorators on a handler and its controller say; the handler's word counts before the controller's.
 *
 * Decorators do not change once a module is loaded, so callers may keep the answer.
 */
export function declaredNeedOf(controller: object, handler: object): TenantNeed | undefined {
  return Reflect.getMetadata(TENANT_NEED, handler) ?? Reflect.getMetadata(TENANT_NEED, controller);
}
