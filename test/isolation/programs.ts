import fc from 'fast-check';
import { fleet } from './fleet.js';

/** A sequence of operations for each tenant of the fleet. The sequences run at the same time. */
export function anyProgram<T>(operation: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<readonly T[][]> {
  const everybody = { minLength: fleet.length, maxLength: fleet.length, size: 'max' } as const;
  return fc.array(fc.array(operation, { maxLength, size: 'max' }), everybody).map(printedWithoutIdleLanes);
}

function printedWithoutIdleLanes<T>(lanes: T[][]): T[][] {
  const lines = () =>
    lanes.flatMap((operations, index) =>
      operations.map((operation) => `${fleet[index]?.mark} ${JSON.stringify(operation)}`),
    );
  return Object.assign(lanes, { [fc.toStringMethod]: () => lines().join('\n') });
}
