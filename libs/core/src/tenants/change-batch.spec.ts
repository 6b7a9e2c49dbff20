import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { ChangeBatch, REPORTED_AT_MOST } from './change-batch.js';

/** A batch whose time passes when the test says so. */
function openBatch() {
  const reported: (string | undefined)[] = [];
  let waiting: (() => void) | undefined;
  const batch = new ChangeBatch(
    (tenant) => void reported.push(tenant),
    (work) => {
      waiting = work;
      return () => {
        waiting = undefined;
      };
    },
  );
  return {
    batch,
    reported,
    pass: () => waiting?.(),
    isWaiting: () => waiting !== undefined,
  };
}

describe('ChangeBatch', () => {
  it('reports a tenant once, however often it was notified', () => {
    const { batch, reported, pass } = openBatch();
    const [acme, globex] = [randomUUID(), randomUUID()];
    for (let i = 0; i < 1_000; i++) batch.add(i % 2 ? acme : globex);
    expect(reported).toEqual([]);
    pass();
    expect(reported).toEqual([globex, acme]);
  });

  it('reports once that anything may have changed, instead of a hundred thousand tenants', () => {
    const { batch, reported, pass } = openBatch();
    for (let i = 0; i < 100_000; i++) batch.add(randomUUID());
    pass();
    expect(reported).toEqual([undefined]);
  });

  it('takes nothing that no trigger sends', () => {
    const { batch, reported, isWaiting } = openBatch();
    const garbage = ['all!', randomUUID().toUpperCase(), `${randomUUID()} `, '{}', 'x'.repeat(8_000)];
    expect(garbage.map((payload) => batch.add(payload))).toEqual(garbage.map(() => false));
    expect([reported, isWaiting()]).toEqual([[], false]);
  });

  it('reports nothing after its end', () => {
    const { batch, reported, isWaiting } = openBatch();
    batch.add(randomUUID());
    batch.end();
    expect([reported, isWaiting()]).toEqual([[], false]);
  });

  it('loses no change, and reports at most so many at a time, whatever arrives when', () => {
    const ids = Array.from({ length: 3 * REPORTED_AT_MOST }, () => randomUUID());
    const payload = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(...ids).map((id) => ({ id })) },
      { weight: 1, arbitrary: fc.constant({ id: '' }) },
      { weight: 3, arbitrary: fc.string().map((text) => ({ id: `?${text}` })) },
      { weight: 1, arbitrary: fc.constant('pass' as const) },
    );
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 600, size: 'max' }), (steps) => {
        const { batch, reported, pass } = openBatch();
        let pending = new Set<string | undefined>();
        for (const step of [...steps, 'pass' as const]) {
          if (step !== 'pass') {
            batch.add(step.id);
            if (!step.id.startsWith('?')) pending.add(step.id || undefined);
            continue;
          }
          const before = reported.length;
          pass();
          const now = reported.slice(before);
          expect(now.length).toBeLessThanOrEqual(REPORTED_AT_MOST);
          if (!now.includes(undefined)) expect(new Set(now)).toEqual(pending);
          else
            expect([now.length, pending.has(undefined) || pending.size > REPORTED_AT_MOST]).toEqual([
              1,
              true,
            ]);
          pending = new Set();
        }
      }),
    );
  });
});
