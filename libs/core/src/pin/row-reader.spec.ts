import fc from 'fast-check';
import pg from 'pg';
// @ts-expect-error The types of pg leave it out.
import PgResult from 'pg/lib/result.js';
import type { TextParser } from './pg-internals.js';
import { RowReader } from './row-reader.js';

const TYPES = {
  int2: 21,
  int4: 23,
  oid: 26,
  int8: 20,
  text: 25,
  bool: 16,
  jsonb: 3802,
  timestamp: 1114,
  timestamptz: 1184,
  date: 1082,
};

interface Column {
  readonly type: number;
  readonly text: string | null;
}

/** The body of a message `DataRow`, behind some other bytes. */
function messageOf(columns: readonly Column[]): { bytes: Buffer; at: number } {
  const values = columns.flatMap(({ text }) => {
    const length = Buffer.alloc(4);
    if (text === null) {
      length.writeInt32BE(-1);
      return [length];
    }
    const value = Buffer.from(text);
    length.writeInt32BE(value.length);
    return [length, value];
  });
  const count = Buffer.alloc(2);
  count.writeInt16BE(columns.length);
  return { bytes: Buffer.concat([Buffer.from('D....'), count, ...values, Buffer.from('C')]), at: 5 };
}

/** Moments beyond those of JavaScript equal nothing. */
function comparable([name, value]: [string, unknown]): unknown {
  return [name, value instanceof Date ? ['date', value.getTime()] : value];
}

function expectAsPg(
  columns: readonly Column[],
  types: Pick<typeof pg.types, 'getTypeParser'> = pg.types,
): void {
  const fields = columns.map(({ type }, index) => ({ name: `c${index}`, dataTypeID: type }));
  const result = new PgResult(undefined, types);
  result.addFields(fields);
  const reader = new RowReader(
    fields,
    fields.map(({ dataTypeID }) => types.getTypeParser(dataTypeID, 'text') as TextParser),
    result._prebuiltEmptyResultObject,
  );
  const { bytes, at } = messageOf(columns);
  const read = Object.entries(reader.read(bytes, at)).map(comparable);
  expect(read).toEqual(Object.entries(result.parseRow(columns.map(({ text }) => text))).map(comparable));
}

const padded = (max: number, digits: number, min = 0) =>
  fc.integer({ min, max }).map((n) => String(n).padStart(digits, '0'));
const fraction = fc.stringMatching(/^(?:\.[0-9]{0,5}[1-9])?$/);
const zone = fc.constantFrom(
  '',
  '+00',
  '-05',
  '+05:30',
  '-00:01:15',
  '+13',
  ' BC',
  '+00 BC',
  ' UTC',
  ' CEST',
);
const day = fc
  .tuple(fc.oneof(padded(9_999, 4, 1), padded(294_276, 5, 10_000)), padded(12, 2, 1), padded(31, 2, 1))
  .map((parts) => parts.join('-'));
const time = fc.tuple(padded(23, 2), padded(59, 2), padded(59, 2)).map((parts) => parts.join(':'));
const timestamp = fc.oneof(
  fc
    .tuple(day, time, fraction, zone)
    .map(([date, clock, part, offset]) => `${date} ${clock}${part}${offset}`),
  fc.constantFrom(
    'infinity',
    '-infinity',
    '2026-03-01',
    'Sun Mar 01 09:00:00.5 2026 UTC',
    '03/01/2026 09:00:00 UTC',
    '01.03.2026 09:00:00.25 CET',
    '2026-03-01 09:00:00.',
    '2026-03-01 09:00:0',
    '',
  ),
);
const integer = (bits: number) =>
  fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }).map(String);
const column = fc
  .oneof(
    fc.tuple(fc.constantFrom(TYPES.timestamp, TYPES.timestamptz, TYPES.date), timestamp),
    fc.tuple(fc.constant(TYPES.int2), integer(16)),
    fc.tuple(fc.constant(TYPES.int4), integer(32)),
    fc.tuple(fc.constant(TYPES.oid), fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(String)),
    fc.tuple(fc.constant(TYPES.int8), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
    fc.tuple(fc.constant(TYPES.text), fc.string({ unit: 'binary' })),
    fc.tuple(fc.constant(TYPES.bool), fc.constantFrom('t', 'f')),
    fc.tuple(fc.constant(TYPES.jsonb), fc.json()),
    fc.tuple(fc.constantFrom(...Object.values(TYPES)), fc.constant(null)),
  )
  .map(([type, text]): Column => ({ type, text }));

describe('RowReader', () => {
  it('reads what pg reads', () => {
    fc.assert(
      fc.property(fc.array(column, { maxLength: 12 }), (columns) => expectAsPg(columns)),
      { numRuns: 3_000 },
    );
  });

  it('reads every millisecond and every kind of fraction as pg does', () => {
    for (let ms = 0; ms < 1_000; ms += 1) {
      const part = String(ms).padStart(3, '0');
      expectAsPg(
        [part, `${part}1`, `${part}99`, `${part}999`].map((text) => ({
          type: TYPES.timestamptz,
          text: `2026-03-01 09:00:00.${text}+00`,
        })),
      );
    }
  });

  it('reads with the parsers that the application has set', () => {
    const own = { getTypeParser: (type: number) => (text: string) => [type, text] };
    expectAsPg(
      [
        { type: TYPES.int4, text: '7' },
        { type: TYPES.timestamptz, text: '2026-03-01 09:00:00+00' },
      ],
      own as unknown as typeof pg.types,
    );
  });

  it('says whether it reads with these parsers', () => {
    const parser = pg.types.getTypeParser(TYPES.int4, 'text') as TextParser;
    const reader = new RowReader([{ name: 'n', dataTypeID: TYPES.int4 }], [parser], null);
    expect(reader.fits([parser])).toBe(true);
    expect(reader.fits([String])).toBe(false);
  });
});
