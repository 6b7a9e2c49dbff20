import fc from 'fast-check';
import { z } from 'zod';
import { type Json, mergePatch, overlay, withValueAt } from './json-paths.js';
import { SettingsShape } from './settings-shape.js';
import { settingsPatchSchema } from './settings-store.js';

const schema = z
  .object({
    a: z.enum(['x', 'y']).default('x'),
    b: z.int().min(0).default(1),
    list: z.array(z.object({ c: z.string() })).default([]),
    record: z.record(z.string(), z.number()).default({}),
    strict: z
      .strictObject({ c: z.boolean().default(true), d: z.string().nullable().default(null) })
      .prefault({}),
    either: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('one'), c: z.string() }),
        z.strictObject({ kind: z.literal('two'), d: z.string() }),
      ])
      .default({ kind: 'one', c: '' }),
  })
  .refine(({ a, b }) => a === 'x' || b > 5, { path: ['b'], message: 'expected more' });
const shape = new SettingsShape({ schema });

const names = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  'list',
  'record',
  'strict',
  'either',
  'kind',
  '__proto__',
  'toString',
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('x', 'y', 'one', 'two', '', 0, 7, -1, true, null),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.array(fc.tuple(names, tie('value')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;
const objects = fc
  .array(fc.tuple(names, json), { maxLength: 4 })
  .map((entries): Json => Object.fromEntries(entries));

it('whatever is stored, what is in force fits the schema, and what fits is in force as it is', () => {
  fc.assert(
    fc.property(objects, (overrides) => {
      const { effective, misfits } = shape.resolve(overrides);
      expect(schema.safeParse(effective)).toMatchObject({ success: true, data: effective });
      if (misfits.length === 0) expect(overlay(effective, overrides)).toEqual(effective);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 2_000) },
  );
});

it('no patch reaches the prototype of objects, and applied twice it changes nothing more', () => {
  fc.assert(
    fc.property(objects, objects, (target, patch) => {
      const once = mergePatch(target, patch);
      expect(Object.getPrototypeOf(once)).toBe(Object.prototype);
      expect(mergePatch(once, patch)).toEqual(once);
    }),
    { numRuns: 2_000 },
  );
  expect({}).not.toHaveProperty('polluted');
  expect(mergePatch({}, JSON.parse('{"__proto__":{"polluted":1}}'))).not.toHaveProperty('polluted');
  expect(withValueAt({}, ['__proto__', 'polluted'], 1)).not.toHaveProperty('polluted');
});

// RFC 7396, appendix A; objects that are left empty are left out.
it.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, {}],
])('%j patched by %j is %j', (target, patch, result) => {
  expect(mergePatch(target, patch as Json)).toEqual(result);
});

it.each([
  [{ a: 'a\u0000' }],
  [{ a: '\ud800' }],
  [{ '\u0000': 1 }],
  [{ a: Number.POSITIVE_INFINITY }],
  [{ a: new Date() }],
  [[]],
  ['x'],
])('%j is no patch', (patch) => {
  expect(settingsPatchSchema.safeParse(patch).success).toBe(false);
});
