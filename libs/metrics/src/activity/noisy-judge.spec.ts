import { type FleetActivity, judge, type NoisyState, type NoisyVerdict } from './noisy-judge.js';

const THRESHOLDS = { share: 0.5, demand: 0.25 };
const CAPACITY = 20;

type Use = readonly [databaseMs: number, connections: number, waiting?: number];

type Doing = Omit<FleetActivity, 'now' | 'states'>;

/** What tenants do in one instance; `system` is no tenant. */
function doing({ system, ...tenants }: Readonly<Record<string, Use>>): Doing {
  const all = [...Object.values(tenants), system ?? [0, 0]];
  const sum = (index: number) => all.reduce((total, use) => total + (use[index] ?? 0), 0);
  return {
    databaseMs: sum(0),
    msWithoutTenant: system?.[0] ?? 0,
    waiting: sum(2),
    tenants: Object.entries(tenants).map(([tenantId, [databaseMs, connections, waiting = 0]]) => ({
      tenantId,
      databaseMs,
      connections,
      waiting,
      demand: (sum(1) + waiting) / CAPACITY,
    })),
  };
}

/** The catalog, with a clock of its own: looks every two seconds and keeps what was decided. */
class Looks {
  #now = 1_000_000;
  readonly #states = new Map<string, NoisyState>();

  /** @returns the verdicts as `noisy acme`. */
  look(activity: Doing, afterMs = 2_000): string[] {
    this.#now += afterMs;
    const now = new Date(this.#now);
    const verdicts = judge({ ...activity, now, states: [...this.#states.values()] }, THRESHOLDS);
    for (const verdict of verdicts) this.#apply(verdict, now);
    for (const [id, state] of this.#states) this.#states.set(id, { ...state, seenAt: now });
    return verdicts.map(({ kind, tenantId }) => `${kind} ${tenantId}`);
  }

  /** The verdicts of many looks at the same. */
  keep(activity: Doing, times: number): string[] {
    return Array.from({ length: times }, () => this.look(activity)).flat();
  }

  #apply({ kind, tenantId, state }: NoisyVerdict, now: Date): void {
    if (kind === 'suspect')
      this.#states.set(tenantId, {
        tenantId,
        overSince: now,
        noisySince: null,
        underSince: null,
        seenAt: now,
      });
    if (kind === 'forget' || kind === 'quiet') this.#states.delete(tenantId);
    if (!state) return;
    if (kind === 'noisy') this.#states.set(tenantId, { ...state, noisySince: now });
    if (kind === 'calm') this.#states.set(tenantId, { ...state, underSince: now });
    if (kind === 'restless') this.#states.set(tenantId, { ...state, underSince: null });
  }
}

const FLOOD = doing({ acme: [10_000, 10, 40], globex: [300, 0.3], initech: [200, 0.2] });
const PEACE = doing({ acme: [300, 0.3], globex: [300, 0.3], initech: [200, 0.2] });

let looks: Looks;
beforeEach(() => {
  looks = new Looks();
});

/** As of `looks`, until acme is noisy. */
const untilNoisy = () => expect(looks.keep(FLOOD, 3)).toEqual(['suspect acme', 'noisy acme']);

describe('a tenant that burns the database', () => {
  it('is named in the third look at it, which is within ten seconds of its begin', () => {
    expect(looks.look(PEACE)).toEqual([]);
    expect(looks.look(FLOOD)).toEqual(['suspect acme']);
    expect(looks.look(FLOOD)).toEqual([]);
    expect(looks.look(FLOOD)).toEqual(['noisy acme']);
    expect(looks.keep(FLOOD, 50)).toEqual([]);
  });

  it('is not named for a short time of it', () => {
    expect(looks.keep(FLOOD, 2)).toEqual(['suspect acme']);
    expect(looks.look(PEACE)).toEqual(['forget acme']);
    expect(looks.keep(FLOOD, 2)).toEqual(['suspect acme']);
  });

  it('is named no sooner by many instances that look', () => {
    expect(looks.look(FLOOD, 100)).toEqual(['suspect acme']);
    const verdicts = Array.from({ length: 34 }, () => looks.look(FLOOD, 100)).flat();
    expect(verdicts).toEqual([]);
    expect(looks.look(FLOOD, 100)).toEqual(['noisy acme']);
  });

  it('is quiet again when it was under the lower thresholds for twenty seconds, without a pause', () => {
    untilNoisy();
    expect(looks.keep(PEACE, 10)).toEqual(['calm acme']);
    expect(looks.look(FLOOD)).toEqual(['restless acme']);
    expect(looks.keep(PEACE, 10)).toEqual(['calm acme']);
    expect(looks.look(PEACE)).toEqual(['quiet acme']);
    expect(looks.keep(PEACE, 20)).toEqual([]);
  });

  it('between the thresholds stays what it is', () => {
    const between = doing({ acme: [400, 6, 2], globex: [350, 0.3], initech: [250, 0.2] });
    expect(looks.keep(between, 10)).toEqual([]);
    untilNoisy();
    expect(looks.keep(between, 30)).toEqual([]);
  });

  it('stays noisy while it is held back and more waits, however little it gets', () => {
    untilNoisy();
    expect(looks.keep(doing({ acme: [1_000, 1, 200], globex: [2_000, 2] }), 50)).toEqual([]);
    // One connection is all that it needs now.
    expect(looks.keep(doing({ acme: [900, 0.9], globex: [500, 0.5] }), 11)).toEqual([
      'calm acme',
      'quiet acme',
    ]);
  });

  it('is nobody that nobody has looked at for long', () => {
    untilNoisy();
    expect(looks.look(FLOOD, 3_600_000)).toEqual(['quiet acme']);
    expect(looks.look(FLOOD)).toEqual(['suspect acme']);
    expect(looks.look(FLOOD, 3_600_000)).toEqual(['forget acme']);
  });
});

describe('nobody is noisy', () => {
  it('who is alone, however busy', () => {
    expect(looks.keep(doing({ acme: [10_000, 10, 500] }), 10)).toEqual([]);
    expect(looks.keep(doing({ acme: [10_000, 10, 500], system: [500, 0.5] }), 10)).toEqual([]);
  });

  it('while the pools are hardly used and nobody else waits', () => {
    expect(looks.keep(doing({ acme: [1_000, 1], globex: [20, 0.02] }), 10)).toEqual([]);
    expect(looks.keep(doing({ acme: [1_000, 1], globex: [20, 0.02, 50] }), 10)).toEqual([]);
    expect(looks.keep(doing({ acme: [1_000, 1, 5], globex: [20, 0.02] }), 3)).toContain('noisy acme');
  });

  it('who has none but noisy ones beside', () => {
    untilNoisy();
    expect(looks.keep(doing({ acme: [1_000, 1, 200], globex: [7_000, 7, 5] }), 8)).toEqual([]);
  });

  it('where many share the time', () => {
    const many = Object.fromEntries(
      Array.from({ length: 5 }, (_, n) => [`tenant-${n}`, [4_000, 4, 10] as const]),
    );
    expect(looks.keep(doing(many), 10)).toEqual([]);
  });

  it('for the work of the system', () => {
    expect(looks.keep(doing({ acme: [500, 0.5, 1], globex: [500, 0.5], system: [19_000, 19] }), 10)).toEqual(
      [],
    );
  });

  it('where nothing happens', () => {
    expect(looks.keep(doing({}), 3)).toEqual([]);
    untilNoisy();
    expect(looks.keep(doing({}), 11)).toEqual(['calm acme', 'quiet acme']);
  });
});
