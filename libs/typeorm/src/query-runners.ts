import { IsolationViolationError, TenantContext, type TenantScope } from '@rowhouse/core';
import type { DataSource, QueryRunner } from 'typeorm';

const SCOPE = Symbol('rowhouse.scope');
const IS_AMBIENT = Symbol('rowhouse.isAmbient');

/** A query runner, and for whom it acts. An object that stands for a query runner inherits both. */
type ScopedRunner = QueryRunner & { [SCOPE]?: TenantScope; [IS_AMBIENT]?: boolean };

/**
 * For whom a statement of the query runner would act now; without a query runner, or while it is tied to nobody, the scope of
 * the context.
 *
 * @throws {IsolationViolationError} when it is the ambient data source's, tied to another scope than that of the context.
 */
export function scopeInForce(runner?: QueryRunner): TenantScope | undefined {
  const { [SCOPE]: own, [IS_AMBIENT]: isAmbient = false } = (runner ?? {}) as Partial<ScopedRunner>;
  const scope = TenantContext.scope();
  const isOther = own && scope && (keyOfScope(scope) !== keyOfScope(own) || scope.entry !== own.entry);
  if (isAmbient && isOther) {
    throw new IsolationViolationError(
      'A query runner or transaction of the ambient data source was begun for one tenant (or the system) and is used in the ' +
        'context of another, or under the entry of an operator. Use registry.for(tenant) for the other tenant, or leave the transaction first.',
    );
  }
  return own ?? scope;
}

/** For whom a data source acts whatever the context; `undefined` for the ambient one, and for those of others. */
export function scopeOfDataSource(dataSource: DataSource | undefined): TenantScope | undefined {
  return (dataSource?.driver as { [SCOPE]?: TenantScope } | undefined)?.[SCOPE];
}

/** Who a scope is for, in a word: the id of a tenant, or `system`. */
export function keyOfScope(scope: TenantScope): string {
  return scope.kind === 'tenant' ? scope.tenant.id : 'system';
}

/** Notes for whom a query runner acts, or the driver of a data source, whatever the context. Their pools see to it. */
export function actFor<T extends QueryRunner | DataSource['driver']>(part: T, scope: TenantScope): T {
  return Object.assign(part, { [SCOPE]: scope });
}

/** What TypeORM's query runner for PostgreSQL does when its connection is lost, or given back. */
type LosableRunner = QueryRunner & { releasePostgresConnection(error?: Error): Promise<void> };

/**
 * TypeORM releases a query runner whose connection is lost, and from then on it, its manager and its connection say only that they
 * are released. This one keeps the connection, which answers each statement with the reason, until whoever has it releases it.
 */
export function reportLoss<T extends QueryRunner>(runner: T): T {
  const { releasePostgresConnection: release } = runner as unknown as LosableRunner;
  let lost: Error | undefined;
  return Object.assign(runner, {
    releasePostgresConnection(this: LosableRunner, error?: Error): Promise<void> {
      lost ??= error;
      return error ? Promise.resolve() : release.call(this, lost);
    },
  });
}

/**
 * Ties a query runner of the ambient data source to the context in which it is made, or first connected if there is none
 * before. It keeps to it without a context, and refuses to be used in another one: whoever holds it there (a transaction
 * that libraries carry in async storage) expects statements of the tenant in force.
 *
 * Every statement of TypeORM's query runner asks `connect()` for the connection.
 *
 * @param place - makes changes to the query runner when it is tied.
 */
export function followContextOnce(
  runner: QueryRunner,
  place: (runner: QueryRunner, scope: TenantScope) => void,
): QueryRunner {
  const { connect } = runner;
  let inOwnContext: ReturnType<typeof TenantContext.capture> | undefined;
  const tie = () => {
    const scope = TenantContext.scope();
    if (!scope || inOwnContext) return;
    inOwnContext = TenantContext.capture();
    place(actFor(runner, scope), scope);
  };
  tie();
  return Object.assign(runner, {
    [IS_AMBIENT]: true,
    // Asked for at each statement, so it makes no promise of its own.
    connect(this: QueryRunner): Promise<unknown> {
      try {
        tie();
        const own = scopeInForce(this);
        // As a rule what was captured is in force, and need not be entered.
        if (!inOwnContext || TenantContext.scope() === own) return connect.call(this);
        return inOwnContext(() => connect.call(this));
      } catch (error) {
        return Promise.reject(error);
      }
    },
  });
}
