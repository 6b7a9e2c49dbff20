import { IsolationViolationError, StatementRefusedError, TenantContext } from '@rowhouse/core';
import type { ObjectLiteral, QueryBuilder } from 'typeorm';
import { TENANT_COLUMN } from './tenant-column.js';

/** Any of TypeORM's builders of a statement on rows. */
export type ScopableQueryBuilder = Pick<
  QueryBuilder<ObjectLiteral>,
  'expressionMap' | 'escape' | 'setParameter'
>;

type ExpressionMap = ScopableQueryBuilder['expressionMap'];

const PARAMETER = 'rowhouseTenantId';

/**
 * Confines a statement to the tenant of the context, for tables that carry `tenant_id` and have no policy. Tables with a
 * policy do not need it: there PostgreSQL does the same for every statement.
 *
 * Select, update and delete get a condition of their own, which no `where()` or `orWhere()` before or after it undoes.
 * An insert gets the tenant's id as a value, so call it after `values()`.
 *
 * @param alias - of the main table (default), or of a joined one, whose join then gets the condition. Only selects
 *   have others than the main one.
 * @throws {TenantContextMissingError} outside a tenant's context.
 * @throws {IsolationViolationError} when an insert or update names another tenant.
 * @throws {StatementRefusedError} for an upsert: a conflict could be with another tenant's row.
 * @throws {TypeError} for an insert without values, an unknown alias, or a builder of another kind.
 */
export function scopeToTenant<Builder extends ScopableQueryBuilder>(
  builder: Builder,
  alias?: string,
): Builder {
  const tenantId = TenantContext.require().id;
  const { expressionMap } = builder;
  switch (expressionMap.queryType) {
    case 'select':
      confineSelect(builder, alias);
      break;
    case 'update':
    case 'delete':
    case 'soft-delete':
    case 'restore':
      refuseOtherTenant(expressionMap, tenantId);
      expressionMap.extraAppendedAndWhereCondition = isOwnRow(builder);
      break;
    case 'insert':
      refuseOtherTenant(expressionMap, tenantId);
      setTenant(expressionMap, tenantId);
      return builder;
    default:
      throw new TypeError(`A builder of type "${expressionMap.queryType}" has no rows to scope.`);
  }
  builder.setParameter(PARAMETER, tenantId);
  return builder;
}

function isOwnRow(builder: ScopableQueryBuilder, alias?: string): string {
  const prefix = alias === undefined ? '' : `${builder.escape(alias)}.`;
  return `${prefix}${builder.escape(TENANT_COLUMN)} = :${PARAMETER}`;
}

function confineSelect(builder: ScopableQueryBuilder, alias: string | undefined): void {
  const { expressionMap } = builder;
  const main = expressionMap.mainAlias?.name;
  if (main !== undefined && (alias === undefined || alias === main)) {
    expressionMap.extraAppendedAndWhereCondition = isOwnRow(builder, main);
    return;
  }
  const join = expressionMap.joinAttributes.find((attribute) => attribute.alias.name === alias);
  if (!join) throw new TypeError(`There is no alias "${alias}" in this query.`);
  const condition = isOwnRow(builder, alias);
  join.condition = join.condition ? `(${join.condition}) and ${condition}` : condition;
}

function valuesOf({ valuesSet }: ExpressionMap): readonly ObjectLiteral[] {
  if (!valuesSet) return [];
  return Array.isArray(valuesSet) ? valuesSet : [valuesSet];
}

function tenantColumnOf({ mainAlias }: ExpressionMap) {
  return mainAlias?.hasMetadata ? mainAlias.metadata.findColumnWithDatabaseName(TENANT_COLUMN) : undefined;
}

function refuseOtherTenant(expressionMap: ExpressionMap, tenantId: string): void {
  const column = tenantColumnOf(expressionMap);
  for (const row of valuesOf(expressionMap)) {
    const named: unknown = column ? column.getEntityValue(row) : row[TENANT_COLUMN];
    if (named !== undefined && named !== tenantId)
      throw new IsolationViolationError('A statement scoped to one tenant names another one in its values.');
  }
}

function setTenant(expressionMap: ExpressionMap, tenantId: string): void {
  const rows = valuesOf(expressionMap);
  if (rows.length === 0) throw new TypeError('Call values() before scopeToTenant().');
  if (expressionMap.onUpdate) {
    throw new StatementRefusedError(
      'An upsert cannot be scoped: a conflict could be with the row of another tenant. Secure the table with a policy.',
    );
  }
  const column = tenantColumnOf(expressionMap);
  for (const row of rows) {
    if (column) column.setEntityValue(row, tenantId);
    else row[TENANT_COLUMN] = tenantId;
  }
}
