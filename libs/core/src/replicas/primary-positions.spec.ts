import { PrimaryPositions } from './primary-positions.js';

const at = (askedAt: number, position: number, startedAt = 'first') => ({
  askedAt,
  position: BigInt(position),
  startedAt,
  isStandby: false,
  system: '1',
});

it('tells of which moment a standby shows everything', () => {
  const positions = new PrimaryPositions(1_000);
  for (const each of [at(100, 10), at(200, 20), at(300, 20), at(400, 30)]) positions.add(each);
  expect([5n, 10n, 15n, 20n, 29n, 31n].map((each) => positions.momentOf(each))).toEqual([
    undefined,
    100,
    100,
    300,
    300,
    400,
  ]);
});

it('tells where the primary was since a moment', () => {
  const positions = new PrimaryPositions(1_000);
  for (const each of [at(100, 10), at(200, 20)]) positions.add(each);
  expect([50, 100, 101, 201].map((each) => positions.firstSince(each))).toEqual([10n, 10n, 20n, undefined]);
});

it('keeps no more than it is for', () => {
  const positions = new PrimaryPositions(150);
  for (const each of [at(100, 10), at(200, 20), at(300, 30)]) positions.add(each);
  expect(positions.momentOf(10n)).toBeUndefined();
  expect(positions.momentOf(20n)).toBe(200);
});

it.each([
  ['started anew', at(300, 30, 'second')],
  ['behind the one before it', at(300, 15)],
])('forgets what it knew when the primary is another server: one %s', (_, next) => {
  const positions = new PrimaryPositions(1_000);
  for (const each of [at(100, 10), at(200, 20), next]) positions.add(each);
  expect(positions.momentOf(10n)).toBeUndefined();
  expect(positions.momentOf(next.position)).toBe(300);
});
