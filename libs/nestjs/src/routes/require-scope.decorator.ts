import 'reflect-metadata';
import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { type ApiKeyFacts, ApiKeyScopeMissingError, TenantContext } from '@rowhouse/core';
import { hasScope } from '@rowhouse/core/internal';
import { rawRequestOf, requestOf, stateOf } from '../http/request-state.js';

export interface RequireScopeOptions {
  /**
   * What happens to requests of a tenant that came without an API key, such as those of a signed-in user. Default `refuse`.
   */
  readonly others?: 'refuse' | 'allow';
}

interface ScopeNeed {
  readonly scope: string;
  readonly others: 'refuse' | 'allow';
}

const SCOPE_NEED = 'rowhouse:scope-need';

/**
 * Lets in requests whose API key has the scope, and answers 403 `API_KEY_SCOPE_MISSING` to others:
 *
 *     @RequireScope('orders:write')
 *
 * On a controller or a handler; the handler's takes precedence. A key with `orders:*` or `*` has it too; a key of a store that knows
 * no scopes has none.
 *
 * @throws {TypeError} when the scope is empty.
 */
export function RequireScope(
  scope: string,
  { others = 'refuse' }: RequireScopeOptions = {},
): MethodDecorator & ClassDecorator {
  if (!scope.trim()) throw new TypeError("@RequireScope: expected a scope such as 'orders:write'.");
  const need: ScopeNeed = Object.freeze({ scope, others });
  return applyDecorators(SetMetadata(SCOPE_NEED, need), UseGuards(ScopeGuard));
}

/** Put in place by {@link RequireScope}. It comes after the guard that lets requests of tenants in. */
@Injectable()
class ScopeGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const need: ScopeNeed | undefined =
      Reflect.getMetadata(SCOPE_NEED, context.getHandler()) ??
      Reflect.getMetadata(SCOPE_NEED, context.getClass());
    if (!need) return true;
    const { tenant, apiKey } = callerOf(context);
    const isAllowed = apiKey ? hasScope(apiKey, need.scope) : tenant && need.others === 'allow';
    if (isAllowed) return true;
    throw new ApiKeyScopeMissingError(need.scope);
  }
}

interface Caller {
  readonly tenant: unknown;
  readonly apiKey?: ApiKeyFacts | undefined;
}

/** Messages of microservices and sockets come without an API key. */
function callerOf(context: ExecutionContext): Caller {
  const request = requestOf(context);
  if (!request) return { tenant: TenantContext.get() };
  const { outcome } = stateOf(rawRequestOf(request));
  return outcome?.kind === 'resolved' ? outcome : { tenant: undefined };
}
