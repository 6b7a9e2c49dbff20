import fc from 'fast-check';
import { TopLabels, type Values } from './top-labels.js';

const COUNT = 2;

describe('labels of tenants', () => {
  it('belong to those who did most, and show all that they did', () => {
    const labels = new TopLabels(COUNT);
    const tenants = new Map([
      ['a', [5]],
      ['b', [3]],
    ]);
    expect(labels.show([10], tenants, ['a', 'b'])).toEqual({ labelled: tenants, others: [2] });
  });

  it('whatever happens, no series goes back, all together are the sum, and their number is bounded', () => {
    const step = fc.record({ tenant: fc.nat(9), amount: fc.nat(100), isPurged: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(step), { maxLength: 12 }), (scrapes) => {
        const labels = new TopLabels(COUNT);
        const totals = new Map<string, number>();
        const purged = new Set<string>();
        let everything = 0;
        let before = new Map<string, number>();
        for (const steps of scrapes) {
          for (const { tenant, amount, isPurged } of steps) {
            const id = `t${tenant}`;
            everything += amount;
            if (isPurged && totals.has(id)) purged.add(id);
            if (!purged.has(id)) totals.set(id, (totals.get(id) ?? 0) + amount);
          }
          const present = [...totals].filter(([id]) => !purged.has(id));
          const top = present.sort((x, y) => y[1] - x[1]).slice(0, COUNT);
          const values = new Map<string, Values>(present.map(([id, total]) => [id, [total]]));
          const { labelled, others } = labels.show(
            [everything],
            values,
            top.map(([id]) => id),
          );
          const series = new Map([...labelled].map(([id, [value = 0]]) => [id, value]));
          series.set('other', others[0] ?? 0);
          for (const [id, value] of series) expect(value).toBeGreaterThanOrEqual(before.get(id) ?? 0);
          expect(labelled.size).toBeLessThanOrEqual(2 * COUNT);
          if (purged.size === 0)
            expect([...series.values()].reduce((sum, value) => sum + value, 0)).toBe(everything);
          before = series;
        }
      }),
    );
  });
});
