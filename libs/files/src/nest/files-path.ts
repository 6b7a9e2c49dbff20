import type { CanActivate, Type } from '@nestjs/common';
import { OptionsInvalidError } from '@rowhouse/core';

/** What must be known before the options are: it decides which routes there are. */
export interface TenantFilesRoutesOptions {
  /** Where the routes are served, such as `files`. Default: nowhere; {@link TenantFiles} is injectable in any case. */
  readonly path?: string | undefined;
  /** Who may use these routes, which `path` needs: a guard. It is asked in the context of the request's tenant. */
  readonly auth?: Type<CanActivate> | CanActivate | undefined;
}

export interface FilesPath {
  readonly path: string;
  readonly auth: Type<CanActivate> | CanActivate;
}

/** @throws {OptionsInvalidError} for a path without a guard. */
export function filesPathOf({ path, auth }: TenantFilesRoutesOptions): FilesPath | undefined {
  if (path === undefined) return undefined;
  if (typeof path !== 'string' || !/[^/\s]/.test(path))
    throw invalid('path', "expected a path such as 'files'");
  if (!auth)
    throw invalid(
      'auth',
      "expected a guard (a class or an object with canActivate()), since path is given: who may call these routes reads all files of the request's tenant",
    );
  return { path: path.replace(/^\/+|\/+$/g, ''), auth };
}

function invalid(field: string, expected: string): OptionsInvalidError {
  return new OptionsInvalidError('TenantFilesModule', [{ field, expected }]);
}
