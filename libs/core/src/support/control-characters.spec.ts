import fc from 'fast-check';
import { escapeControls, isFreeOfControls, isStorableJson } from './control-characters.js';

const CONTROLS = [
  '\0',
  '\n',
  '\r',
  '\t',
  '\x1b',
  '\x7f',
  '\x85',
  '\x9b',
  '\u061c',
  '\u200e',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
  '\u2069',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...CONTROLS), fc.string({ unit: 'binary' })))
  .map((parts) => parts.join(''));

describe('Control characters', () => {
  it.each(CONTROLS)('%j is one, and is written out', (control) => {
    expect(isFreeOfControls(`a${control}b`)).toBe(false);
    expect(escapeControls(`a${control}b`)).toMatch(/^a\\u[0-9a-f]{4}b$/);
  });

  it.each(['Acme', 'Café Ünïcode', '株式会社', 'שלום', 'می\u200cخواهم', '👩\u200d👧', ''])(
    '%j has none',
    (name) => {
      expect(isFreeOfControls(name)).toBe(true);
      expect(escapeControls(name)).toBe(name);
    },
  );

  it('are gone from any text that was escaped, and only they', () => {
    fc.assert(
      fc.property(text, (given) => {
        const escaped = escapeControls(given);
        expect(isFreeOfControls(escaped)).toBe(true);
        expect(isFreeOfControls(escapeControls(given, '\n').replaceAll('\n', ''))).toBe(true);
        if (isFreeOfControls(given)) expect(escaped).toBe(given);
      }),
    );
  });

  it('in JSON mean the same after they were escaped', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(JSON.parse(escapeControls(JSON.stringify([given], null, 2), '\n'))).toEqual([given]);
      }),
    );
  });
});

describe('isStorableJson', () => {
  it.each(['a\0', { 'k\0': 1 }, [{ a: ['\ud800'] }], { a: '\udfff\ud800' }])('refuses %j', (value) =>
    expect(isStorableJson(value)).toBe(false),
  );

  it.each(['\\u0000', '😀', { a: [1, null, true, 'b\n'] }])('takes %j', (value) =>
    expect(isStorableJson(value)).toBe(true),
  );
});
