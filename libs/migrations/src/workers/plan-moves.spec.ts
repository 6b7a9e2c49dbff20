import { planMoves } from './plan-moves.js';

const MB = 1_048_576;
const tenant = (slug: string, worker: string, megabytes: number) => ({
  slug,
  worker,
  sizeBytes: megabytes * MB,
});

describe('a plan to even out workers', () => {
  it('moves nothing where they hold about the same', () => {
    expect(planMoves(['a:1', 'b:1'], [tenant('acme', 'a:1', 100), tenant('globex', 'b:1', 105)])).toEqual([]);
  });

  it('fills a worker that is new', () => {
    const placed = [
      ...[40, 30, 20, 10].map((size, i) => tenant(`a${i}`, 'a:1', size)),
      ...[40, 30, 20, 10].map((size, i) => tenant(`b${i}`, 'b:1', size)),
    ];
    const moves = planMoves(['a:1', 'b:1', 'c:1'], placed);
    const after = new Map(placed.map(({ slug, worker }) => [slug, worker]));
    for (const { slug, from, to } of moves) {
      expect(after.get(slug)).toBe(from);
      after.set(slug, to);
    }
    const load = (worker: string) =>
      placed.reduce((sum, { slug, sizeBytes }) => sum + (after.get(slug) === worker ? sizeBytes / MB : 0), 0);
    for (const worker of ['a:1', 'b:1', 'c:1']) expect(load(worker)).toBeGreaterThan(50);
  });

  it('leaves a tenant alone that is larger than the difference', () => {
    expect(planMoves(['a:1', 'b:1'], [tenant('giant', 'a:1', 1_000)])).toEqual([]);
  });

  it('counts tenants without rows, too', () => {
    const placed = Array.from({ length: 10 }, (_, i) => tenant(`t${i}`, 'a:1', 0));
    expect(planMoves(['a:1', 'b:1'], placed)).toHaveLength(5);
  });
});
