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

function range({ field, operator, bound }: Range): Where {
  return { [field]: { [`$${operator}`]: bound } } as Where;
}
