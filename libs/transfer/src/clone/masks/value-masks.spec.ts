import type { ColumnFacts } from '../table-facts.js';
import { loadFakes } from './fakes.js';
import { KeyedHash } from './keyed-hash.js';
import { type MaskRule, mask } from './mask-rules.js';
import { MaskMisfitError, type MaskTools, valueMaskOf } from './value-masks.js';

let tools: MaskTools;
beforeAll(async () => {
  tools = { hash: new KeyedHash('seed of the spec'), fake: await loadFakes() };
});

const column = (base: string, facts: Partial<ColumnFacts> = {}): ColumnFacts => ({
  name: 'c',
  type: base,
  base,
  maxLength: undefined,
  isArray: false,
  isRange: false,
  isNotNull: false,
  isKey: false,
  refersOutside: false,
  hasSequence: false,
  isLargeObject: false,
  ...facts,
});

const apply = (rule: MaskRule, facts: ColumnFacts, value: string) =>
  valueMaskOf(rule, facts, tools)?.(value, {}) ?? null;

/** Of random integers of four bytes some would be the same. */
const MANY = 100_000;
const SOME = 20_000;

describe('masked values of unique columns', () => {
  it.each([
    [SOME, 'hash of varchar(12)', mask.hash(), column('varchar', { isKey: true, maxLength: 12 })],
    [SOME, 'e-mail', mask.email(), column('text', { isKey: true })],
    [SOME, 'e-mail of varchar(24)', mask.email(), column('varchar', { isKey: true, maxLength: 24 })],
    [SOME, 'name', mask.fake('name'), column('text', { isKey: true })],
    [SOME, 'phone', mask.fake('phone'), column('varchar', { isKey: true, maxLength: 22 })],
    [SOME, 'text of varchar(12)', mask.fake('text'), column('varchar', { isKey: true, maxLength: 12 })],
    [SOME, 'uuid', mask.hash(), column('uuid', { isKey: true })],
    [SOME, 'bytea', mask.hash(), column('bytea', { isKey: true })],
    [MANY, 'integer', mask.hash(), column('int4', { isKey: true })],
    [SOME, 'bigint', mask.hash(), column('int8', { isKey: true })],
  ])(
    'of %d stay different: %s',
    (count, _, rule, facts) => {
      const made = new Set<string>();
      const make = valueMaskOf(rule, facts, tools);
      for (let n = 0; n < count; n += 1) made.add((make?.(String(n), {}) ?? '').toLowerCase());
      expect(made.size).toBe(count);
      for (const value of [...made].slice(0, 1_000))
        expect(value.length).toBeLessThanOrEqual(facts.maxLength ?? 99);
    },
    60_000,
  );

  it('are all different among the small ones of smallint, and as negative as the values', () => {
    const make = valueMaskOf(mask.hash(), column('int2'), tools);
    const made = new Set<number>();
    for (let n = -5_000; n < 5_000; n += 1) {
      const value = Number(make?.(String(n), {}));
      expect(value < 0).toBe(n < 0);
      expect(Math.abs(value)).toBeLessThanOrEqual(32_768);
      made.add(value);
    }
    expect(made.size).toBe(10_000);
  });

  it.each([
    [mask.hash(), 11],
    [mask.email(), 23],
    [mask.fake('name'), 11],
    [mask.fake('phone'), 21],
  ])('need room: %p not in %d characters', (rule, maxLength) => {
    expect(() => valueMaskOf(rule, column('varchar', { isKey: true, maxLength }), tools)).toThrow(
      MaskMisfitError,
    );
    const fits = valueMaskOf(rule, column('varchar', { maxLength: 24 }), tools)?.('value', {});
    expect(fits?.length).toBeLessThanOrEqual(24);
  });

  it('are as equal as the column says', () => {
    expect(apply(mask.hash(), column('citext'), 'Ada')).toBe(apply(mask.hash(), column('citext'), 'ADA'));
    expect(apply(mask.hash(), column('bpchar', { maxLength: 5 }), 'a    ')).toBe(
      apply(mask.hash(), column('bpchar', { maxLength: 5 }), 'a'),
    );
    expect(apply(mask.hash(), column('text'), 'Ada')).not.toBe(apply(mask.hash(), column('text'), 'ADA'));
  });
});

describe('rules', () => {
  it.each([
    ['date', '2026-02-28'],
    ['date', '0044-03-15 BC'],
    ['date', '0001-01-01'],
    ['timestamptz', '2026-12-31 23:59:59.999999+05:30'],
    ['timestamp', '0001-12-31 00:00:00 BC'],
    ['timestamp', '12026-12-31 00:00:00'],
  ])('shift %s %s by whole days, and nothing else', (base, value) => {
    const moved = apply(mask.shift({ days: 1 }), column(base), value) as string;
    expect(moved).not.toBe(value);
    expect(moved).toMatch(/^\d{4,}-\d\d-\d\d/);
    expect(moved.replace(/^[^ ]+/, '').replace(' BC', '')).toBe(
      value.replace(/^[^ ]+/, '').replace(' BC', ''),
    );
  });

  it('shift all dates by the same number, and leave infinity', () => {
    const days = (text: string) =>
      Date.parse(apply(mask.shift({ days: 900 }), column('date'), text) ?? '') / 86_400_000;
    expect(days('2026-03-01') - days('2026-02-28')).toBe(1);
    expect(apply(mask.shift({ days: 900 }), column('date'), '-infinity')).toBe('-infinity');
  });

  it.each([
    ['numeric', '-1234.50', /^-\d{4}\.\d\d$/],
    ['numeric', '99999999.99', /^\d{8}\.\d\d$/],
    ['numeric', '0.05', /^0\.\d\d$/],
    ['numeric', 'NaN', /^NaN$/],
    ['float8', '1.5e-300', /^\d\.\de-300$/],
    ['int4', '2147483647', /^\d{10}$/],
    ['int2', '-32768', /^-\d{5}$/],
  ])('vary %s %s within its digits', (base, value, shape) => {
    for (const percent of [1, 20, 90]) {
      const varied = apply(mask.vary({ percent }), column(base), value) as string;
      expect(varied).toMatch(shape);
      if (base === 'int4') expect(Number(varied)).toBeLessThan(2 ** 31);
      if (base === 'int2') expect(Number(varied)).toBeGreaterThanOrEqual(-(2 ** 15));
    }
  });

  it('hash within arrays of any shape', () => {
    const array = column('text', { isArray: true });
    const one = apply(mask.hash(), column('text'), 'a "b"');
    expect(apply(mask.hash(), array, '{"a \\"b\\"",NULL,"NULL"}')).toBe(
      `{"${one}",NULL,"${apply(mask.hash(), column('text'), 'NULL')}"}`,
    );
    expect(apply(mask.hash(), array, '[2:3][1:1]={{x},{"{y}"}}')).toMatch(
      /^\[2:3\]\[1:1\]=\{\{"\w{20}"\},\{"\w{20}"\}\}$/,
    );
    expect(apply(mask.hash(), array, '{}')).toBe('{}');
  });

  it('mask documents by path; texts that no path names go, numbers keep all of their digits', () => {
    const rule = mask.json({
      name: mask.with((value) => value.toUpperCase()),
      'list.*.mail': mask.with(() => 'm'),
      'list.*.age': mask.null(),
      'deep.er': mask.keep(),
    });
    const document =
      '{"name": "a\\"b", "name": 12, "list": [{"mail": "x", "age": 3, "to": ["y"]}, "z"], "deep": {"er": {"t": "kept", "u": []}, "x": "gone"}, "n": 1e400, "b": false, "o": null}';
    expect(apply(rule, column('json'), document)).toBe(
      '{"name": "A\\"B", "name": "12", "list": [{"mail": "m", "age": null, "to": [null]}, null], "deep": {"er": {"t": "kept", "u": []}, "x": null}, "n": 1e400, "b": false, "o": null}',
    );
    expect(apply(rule, column('jsonb'), '"alone"')).toBe('null');
    expect(apply(rule, column('jsonb', { isArray: true }), '{"{\\"name\\": \\"a\\"}"}')).toBe(
      '{"{\\"name\\": \\"A\\"}"}',
    );
  });

  it.each([
    ['what is below another', { contact: mask.keep(), 'contact.email': mask.null() }],
    ['what is below any key', { '*': mask.keep(), '*.email': mask.null() }],
    ['a key, and not any', { 'contact.*': mask.keep(), 'contact.email': mask.null() }],
    ['the earlier key', { '*.email': mask.keep(), 'contact.*': mask.null() }],
  ])('has the rule of the longest path, in any order: %s', (_, paths) => {
    for (const entries of [Object.entries(paths), Object.entries(paths).reverse()])
      expect(
        apply(
          mask.json(Object.fromEntries(entries)),
          column('jsonb'),
          '{"contact": {"email": "ada@acme.test"}, "other": {"city": "Graz"}}',
        ),
      ).toMatch(/\{"contact": \{"email": null\}, "other": \{"city": ("Graz"|null)\}\}/);
  });

  it('read documents with long texts and many levels', () => {
    const long = 'x'.repeat(20_000_000);
    expect(apply(mask.json({}), column('json'), `{"a": "${long}"}`)).toBe('{"a": null}');
    const deep = '['.repeat(5_000);
    expect(apply(mask.json({}), column('json'), `${deep}"x"${deep.replaceAll('[', ']')}`)).toContain(
      '[null]',
    );
  });

  it.each([
    ['hash', mask.hash(), column('int4', { hasSequence: true })],
    ['hash', mask.hash(), column('numeric')],
    ['hash', mask.hash(), column('text', { refersOutside: true })],
    ['hash', mask.hash(), column('macaddr', { isKey: true })],
    ['hash', mask.hash(), column('text', { isRange: true })],
    ['vary', mask.vary({ percent: 5 }), column('int4', { isKey: true })],
    ['vary', mask.vary({ percent: 5 }), column('text')],
    ['shift', mask.shift({ days: 5 }), column('text')],
    ['json', mask.json({}), column('text')],
    ['email', mask.email(), column('int4')],
    ['null', mask.null(), column('text', { isNotNull: true })],
  ])('%s is refused where it does not fit: %p of %p', (_, rule, facts) => {
    expect(() => valueMaskOf(rule, facts, tools)).toThrow(MaskMisfitError);
  });
});
