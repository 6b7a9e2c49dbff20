import { judge } from './report.js';

const judgement = {
  status: 'fail',
  none: 'Every table is closed.',
  one: 'A table is open',
  some: 'Tables are open',
  remedy: 'close;',
} as const;

it.each([
  [[], 'Every table is closed.'],
  [['a'], 'A table is open (1: a)'],
  [['a', 'b'], 'Tables are open (2: a, b)'],
])('a finding says how many there are: %j', (offenders, detail) => {
  expect(judge(offenders, judgement).detail).toBe(detail);
});
