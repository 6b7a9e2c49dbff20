import type { CanActivate, Type } from '@nestjs/common';
import { OptionsInvalidError } from '@rowhouse/core';

/** What must be known before the options are: it decides which routes there are. */
export interface TenantIntegrationsRoutesOptions {
  /** Where the routes are served, such as `integrations`. */
  readonly path: string;
  /** Who may use these routes: a guard. It is asked in the context of the tenant, of the request or of the callback. */
  readonly auth: Type<CanActivate> | CanActivate;
}

/** @param owner - the module that has the options. @throws {OptionsInvalidError} */
export function integrationsPathOf(
  owner: string,
  { path, auth }: Partial<TenantIntegrationsRoutesOptions>,
): TenantIntegrationsRoutesOptions {
  const invalid = (field: string, expected: string) => new OptionsInvalidError(owner, [{ field, expected }]);
  if (typeof path !== 'string' || !/[^/\s]/.test(path))
    throw invalid('path', "expected a path such as 'integrations'");
  if (!auth)
    throw invalid(
      'auth',
      "expected a guard (a class or an object with canActivate()): who may call these routes connects accounts for the request's tenant",
    );
  return { path: path.replace(/^\/+|\/+$/g, ''), auth };
}
