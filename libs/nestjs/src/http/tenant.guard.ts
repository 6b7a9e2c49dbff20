import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { IsolationViolationError, TenantContext, TenantUnresolvedError } from '@rowhouse/core';
import { declaredNeedOf, type TenantNeed } from '../routes/tenant-route.decorator.js';
import { InjectTenancyOptions, type TenancyOptions } from '../tenancy-options.js';
import { rawRequestOf, requestOf, stateOf } from './request-state.js';
import { isScopeOf } from './request-tenancy.js';
import { refusalOf, type TenantOutcome, UNRESOLVED } from './tenant-outcome.js';
import { sayWhatTenantDependsOn } from './vary.js';

type Class = ReturnType<ExecutionContext['getClass']>;
type Handler = ReturnType<ExecutionContext['getHandler']>;

/**
 * Lets requests in that have the tenant their route needs.
 *
 * Messages of microservices and sockets, and subscriptions of GraphQL, come without an HTTP request, and no resolver reads
 * them: their handlers need a tenant that is in force already, or say `@TenantOptional()` and enter one themselves.
 */
@Injectable()
export class TenantGuard implements CanActivate {
  readonly #needs = new Map<Class, Map<Handler, TenantNeed['kind']>>();

  constructor(@InjectTenancyOptions() private readonly options: TenancyOptions) {}

  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    const need = this.#needOf(context.getClass(), context.getHandler());
    if (!request) {
      if (need === 'required' && !TenantContext.get()) throw unresolvedMessage(context);
      return true;
    }
    const state = stateOf(rawRequestOf(request));
    const { outcome = UNRESOLVED } = state;
    sayWhatTenantDependsOn(state, need);
    const refusal = refusalOf(need, outcome);
    if (refusal !== undefined) throw refusal;
    assertInForce(outcome);
    state.admitted = true;
    return true;
  }

  #needOf(controller: Class, handler: Handler): TenantNeed['kind'] {
    let needs = this.#needs.get(controller);
    if (!needs) {
      needs = new Map();
      this.#needs.set(controller, needs);
    }
    let need = needs.get(handler);
    if (!need) {
      need = declaredNeedOf(controller, handler)?.kind ?? (this.options.required ? 'required' : 'optional');
      needs.set(handler, need);
    }
    return need;
  }
}

function unresolvedMessage(context: ExecutionContext): TenantUnresolvedError {
  const handler = `${context.getClass().name}.${context.getHandler().name}`;
  return new TenantUnresolvedError(
    `${handler} was called without an HTTP request (${context.getType<string>()}), and no tenant is in force. Mark it ` +
      '@TenantOptional() and enter the tenant of the message inside, with TenantRunner.run(), or mark it @SystemRoute().',
  );
}

/** A middleware may have continued this request in the async chain of another one: then it is refused here. */
function assertInForce(outcome: TenantOutcome): void {
  const scope = TenantContext.scope();
  const isRight = outcome.kind === 'resolved' ? isScopeOf(outcome, scope) : scope === undefined;
  if (isRight) return;
  throw new IsolationViolationError(
    "The request is not in its tenant's context any more. A middleware or hook went on in another async chain " +
      '(a pool, an emitter, a queue); give it TenantContext.bind(next) in the place of next.',
  );
}
