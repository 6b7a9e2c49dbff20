import fc from 'fast-check';
import { DomainInvalidError } from './domain-errors.js';
import { asciiNameOf, parseNewDomain, unicodeNameOf } from './domain-name.js';

const label = 'a'.repeat(63);

describe('a domain that a tenant claims', () => {
  it.each([
    ['shop.example.com', 'shop.example.com'],
    ['SHOP.Example.COM', 'shop.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['faß.de', 'xn--fa-hia.de'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
    ['acme.co.uk', 'acme.co.uk'],
    ['acme.github.io', 'acme.github.io'],
    ['1.example.com', '1.example.com'],
    ['acme.test', 'acme.test'],
  ])('%s is %s', (text, name) => {
    expect(parseNewDomain(text)).toBe(name);
  });

  it.each([
    // No host names.
    '',
    ' ',
    '.',
    'example.com.',
    '.example.com',
    'a..example.com',
    '-a.example.com',
    'a-.example.com',
    'a_b.example.com',
    '_rowhouse-challenge.example.com',
    '*.example.com',
    ' example.com',
    'example.com\n',
    'exam\tple.com',
    'example.com\0',
    `${label}a.example.com`,
    // What a URL has beside one.
    'https://example.com',
    'example.com/path',
    'example.com?query',
    'example.com#fragment',
    'example.com:443',
    'user@example.com',
    'example.com\\path',
    'example.com／path',
    '%65xample.com',
    'example.com,other.com',
    // Addresses, however they are written.
    '127.0.0.1',
    '127.1',
    '1.2.3',
    '2130706433',
    '0x7f.1',
    'a.0x7f',
    '0177.0.0.1',
    '１２７.0.0.1',
    '::1',
    '[::1]',
    '[2001:db8::1]',
    // Punycode that stands for nothing, or for another name.
    'xn--a.com',
    'xn--.com',
    'xn--iñ.com',
    'xn--abc-.com',
    'xn--fass-.de',
    'xn--xn---epa.com',
    // A single label.
    'localhost',
    'com',
    // Public suffixes.
    'co.uk',
    'github.io',
    'GitHub.io',
    'kawasaki.jp',
    'foo.ck',
    '公司.cn',
    'xn--55qx5d.cn',
    // Too long, or too long for the name of its challenge.
    `${label}.${label}.${label}.${label}.com`,
    `${'a'.repeat(47)}.${label}.${label}.${'a'.repeat(58)}`,
    'a'.repeat(100_000),
  ])('is not %j', (text) => {
    expect(() => parseNewDomain(text)).toThrow(DomainInvalidError);
  });

  it('may be as long as the name of its challenge allows', () => {
    const longest = `${'a'.repeat(46)}.${label}.${label}.${'a'.repeat(58)}`;
    expect(longest).toHaveLength(233);
    expect(parseNewDomain(longest)).toBe(longest);
  });

  it('is none of the domains of the app, nor below one', () => {
    const reserved = ['app.example.com'];
    for (const text of ['app.example.com', 'acme.app.example.com', 'A.B.APP.example.com'])
      expect(() => parseNewDomain(text, reserved)).toThrow('reserved');
    expect(parseNewDomain('myapp.example.com', reserved)).toBe('myapp.example.com');
    expect(parseNewDomain('example.com', reserved)).toBe('example.com');
  });

  it('is the same when it is read again, in ASCII and in Unicode', () => {
    const character = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...'abz09-.') },
      { weight: 1, arbitrary: fc.constantFrom(...'xn--üß。．例\u00ad\u200dİ٠א🦊') },
      { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }) },
    );
    const texts = fc.tuple(
      fc.string({ unit: character, maxLength: 24 }),
      fc.constantFrom('', '.com', '.co.uk', '.例え'),
    );
    let accepted = 0;
    fc.assert(
      fc.property(texts, ([head, tail]) => {
        let name: string;
        try {
          name = parseNewDomain(head + tail);
        } catch (error) {
          expect(error).toBeInstanceOf(DomainInvalidError);
          return;
        }
        accepted += 1;
        expect(name).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
        expect(parseNewDomain(name)).toBe(name);
        expect(parseNewDomain(unicodeNameOf(name))).toBe(name);
        expect(asciiNameOf(name.toUpperCase())).toBe(name);
      }),
      { numRuns: 5_000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });
});
