import type { Where } from 'chromadb';
import type { Comparison, Condition, Range } from '../records/filter.js';

/**
 * A filter as Chroma reads it. Its operators are written here and nowhere else; fields and values stand where Chroma expects no
 * operator.
 */
export function chromaWhere(condition: Condition): Where {
  if ('all' in condition) return joined('$and', condition.all.map(chromaWhere));
  if ('any' in condition) return joined('$or', condition.any.map(chromaWhere));
  return 'bound' in condition ? range(condition) : comparison(condition);
}

function joined(operator: '$and' | '$or', parts: readonly Where[]): Where {
  const [first] = parts;
  // Chroma wants two at least. There is always one: the schema of filters allows no empty list.
  return parts.length === 1 && first ? first : ({ [operator]: parts } as Where);
}

function comparison({ field, operator, values }: Comparison): Where {
  const isNegative = operator === 'ne' || operator === 'notIn';
  // A list of Chroma's has values of one type, and numbers with and without a fraction are of two.
  const parts = values.map((value) => ({ [field]: { [isNegative ? '$ne' : '$eq']: value } }) as Where);
  return joined(isNegative ? '$and' : '$or', parts);
}

/**
 * Chroma keeps numbers with and without a fraction as different types, and compares each with bounds of its own type only. So a range is
 * asked of both: the bound is rounded for the one, and moved by the least step for the other, where it has no fraction. No value lies in that step.
 */
function range({ field, operator, bound }: Range): Where {
  const isLower = operator === 'gt' || operator === 'gte';
  const parts: [typeof operator, number][] = [];
  if (Number.isInteger(bound)) {
    parts.push([operator, bound]);
    const beside = isLower ? stepDown(bound) : stepUp(bound);
    if (!Number.isInteger(beside)) parts.push([isLower ? 'gt' : 'lt', beside]);
  } else {
    parts.push([operator, bound]);
    const rounded = isLower ? Math.ceil(bound) : Math.floor(bound);
    if (Number.isSafeInteger(rounded)) parts.push([isLower ? 'gte' : 'lte', rounded === 0 ? 0 : rounded]);
  }
  return joined(
    '$or',
    parts.map(([each, value]) => ({ [field]: { [`$${each}`]: value } }) as Where),
  );
}

const view = new DataView(new ArrayBuffer(8));

/** The next number of double precision. */
function stepUp(number: number): number {
  if (number === 0) return Number.MIN_VALUE;
  view.setFloat64(0, number);
  view.setBigInt64(0, view.getBigInt64(0) + (number > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

const stepDown = (number: number) => -stepUp(-number);
