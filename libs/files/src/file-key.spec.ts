import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { cleanName, keyOf, uploadKeyOf } from './file-key.js';

const tenantId = '00000000-0000-4000-8000-00000000000a';
const id = '00000000-0000-4000-8000-00000000000f';
const createdAt = new Date('2026-02-03T23:59:59.999Z');
const key = (name: string) => keyOf(tenantId, { id, module: 'notes', name, createdAt });

describe('a key', () => {
  it.each([
    ['plan.pdf', 'plan.pdf'],
    ['Grüße von Zoë.txt', 'Gru-e-von-Zoe.txt'],
    ['C:\\fakepath\\a b.txt', 'a-b.txt'],
    ['日本語.png', 'png'],
    ['...', 'file'],
    ['.htaccess', 'htaccess'],
  ])('of %s ends in %s', (name, end) => {
    expect(key(cleanName(name))).toBe(`${tenantId}/notes/2026/02/03/${id}-${end}`);
  });

  it('is below the folder of its tenant, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        for (const one of [name, cleanName(name)])
          expect(key(one)).toMatch(
            new RegExp(`^${tenantId}/notes/2026/02/03/${id}-[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`),
          );
      }),
      { numRuns: 1_000 },
    );
  });

  it('is made of nothing that leads elsewhere', () => {
    const file = { id, module: 'notes', name: 'x', createdAt };
    for (const wrong of [
      { module: '../notes' },
      { module: '.uploads' },
      { module: '' },
      { id: '../x' },
      { id: id.toUpperCase() },
      { createdAt: new Date(-62_198_755_200_001) },
    ])
      expect(() => keyOf(tenantId, { ...file, ...wrong })).toThrow(
        expect.objectContaining({ code: 'FILE_NOT_FOUND' }),
      );
    expect(() => keyOf('..', file)).toThrow();
    expect(() => uploadKeyOf(tenantId, '../x')).toThrow();
  });
});

describe('a name', () => {
  it('has nothing that cannot be seen, no folders and no end', () => {
    expect(cleanName('a\u0000b\u202Ecod.exe')).toBe('abcod.exe');
    expect(cleanName('../../etc/passwd')).toBe('passwd');
    expect(cleanName(' . ')).toBe('file');
    expect(cleanName(`${'x'.repeat(500)}.pdf`)).toHaveLength(200);
    expect(cleanName(`${'x'.repeat(500)}.pdf`)).toMatch(/\.pdf$/);
    expect(cleanName(randomUUID())).toHaveLength(36);
  });

  it('can be stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const clean = cleanName(`${name}\ud800`);
        expect(clean).not.toMatch(/[\0/\\\r\n]|\p{Surrogate}/u);
        expect(clean.length).toBeGreaterThan(0);
        expect(clean.length).toBeLessThanOrEqual(200);
      }),
      { numRuns: 1_000 },
    );
  });
});
