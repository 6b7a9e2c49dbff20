import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { chromaNameOf, chromaSuffixOf } from './chroma-names.js';

const name = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,62}$/),
  // What is cut looks like these.
  fc.stringMatching(/^[a-z]{10}-[0-9a-f]{12}$/),
  fc.stringMatching(/^m_tenant_[0-9a-f]{32}$/),
);
const tenant = fc.uuid().map((id) => ({ id }));

describe('what Chroma calls a collection of a tenant', () => {
  it('holds the name and the tenant', () => {
    const id = '0197cafe-0000-4000-8000-00000000000a';
    expect(chromaNameOf({ id }, 'memory')).toBe('memory_tenant_0197cafe00004000800000000000000a');
  });

  it('is one that each Chroma takes, and ends in the suffix of its tenant and of no other', () => {
    const other = { id: randomUUID() };
    fc.assert(
      fc.property(tenant, name, (owner, each) => {
        const called = chromaNameOf(owner, each);
        expect(called).toMatch(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/);
        expect(called).not.toMatch(/\.\./);
        expect(called.endsWith(chromaSuffixOf(owner))).toBe(true);
        expect(called.endsWith(chromaSuffixOf(other))).toBe(false);
      }),
    );
  });

  it('is another for each pair of a tenant and a name', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(tenant, name), { selector: ([{ id }, each]) => `${id} ${each}` }),
        (pairs) => {
          expect(new Set(pairs.map((pair) => chromaNameOf(...pair))).size).toBe(pairs.length);
        },
      ),
    );
  });
});
