import fc from 'fast-check';
import { rangeOf } from './byte-range.js';
import { RangeNotSatisfiableError } from './operator-errors.js';

const etag = '"abc"';
const of = (range: string | undefined, sizeBytes = 100, ifRange?: string) =>
  rangeOf(range, ifRange, { sizeBytes, etag });

describe('a range', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=10-19', { start: 10, end: 19 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=-5', { start: 95, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['bytes=50-500', { start: 50, end: 99 }],
    ['BYTES=1-2', { start: 1, end: 2 }],
  ])('%s is read', (range, expected) => expect(of(range)).toEqual(expected));

  it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=5-4', 'lines=1-2', 'bytes=0-1,4-5', 'bytes=a-b'])(
    '%s is the whole',
    (range) => expect(of(range)).toBeUndefined(),
  );

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', 'bytes=99999999999999999999-'])(
    '%s is not satisfiable',
    (range) => expect(() => of(range)).toThrow(RangeNotSatisfiableError),
  );

  it('of another file is the whole', () => {
    expect(of('bytes=1-2', 100, '"other"')).toBeUndefined();
    expect(of('bytes=1-2', 100, `W/${etag}`)).toBeUndefined();
    expect(of('bytes=1-2', 100, 'Sat, 01 Jan 2000 00:00:00 GMT')).toBeUndefined();
    expect(of('bytes=1-2', 100, etag)).toEqual({ start: 1, end: 2 });
  });

  it('lies in the file, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1_000 }), (first, last, size) => {
        let range: ReturnType<typeof of>;
        try {
          range = of(`bytes=${first}-${last}`, size);
        } catch {
          return expect(first).toBeGreaterThanOrEqual(size);
        }
        if (range) expect(0 <= range.start && range.start <= range.end && range.end < size).toBe(true);
      }),
    );
  });
});
