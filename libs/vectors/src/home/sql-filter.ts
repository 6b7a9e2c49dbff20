import type { Condition } from '../records/filter.js';

const RANGES = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/**
 * A filter as SQL. Fields and values are parameters, all of them; the text has nothing of the user's.
 *
 * @param values - the parameters of the statement, to which those of the filter are added.
 */
export function sqlCondition(condition: Condition, values: unknown[]): string {
  const parameter = (value: unknown) => `$${values.push(value)}`;
  if ('all' in condition) return joined(condition.all, ' and ', values);
  if ('any' in condition) return joined(condition.any, ' or ', values);
  const { field } = condition;
  if ('bound' in condition) {
    const value = `metadata->${parameter(field)}::text`;
    // Not `and`: PostgreSQL may evaluate its sides in any order, and a text is no number.
    return `(case when jsonb_typeof(${value}) = 'number' then (${value})::numeric ${RANGES[condition.operator]} ${parameter(String(condition.bound))}::numeric else false end)`;
  }
  const isAny = condition.values
    .map((value) => `metadata @> ${parameter(JSON.stringify({ [field]: value }))}::jsonb`)
    .join(' or ');
  return condition.operator === 'ne' || condition.operator === 'notIn' ? `not (${isAny})` : `(${isAny})`;
}

function joined(parts: readonly Condition[], by: string, values: unknown[]): string {
  return `(${parts.map((part) => sqlCondition(part, values)).join(by)})`;
}
