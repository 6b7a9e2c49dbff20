import type { TenantPoolStats } from '@rowhouse/core';
import { RecentActivity } from './recent-activity.js';

const stats = (
  max: number,
  tenants: Readonly<Record<string, readonly [active: number, waiting: number]>> = {},
) => ({
  max,
  tenants: new Map(Object.entries(tenants).map(([id, [active, waiting]]) => [id, { active, waiting }])),
});
const pool = (
  own: ReturnType<typeof stats>,
  databases: Readonly<Record<string, ReturnType<typeof stats>>> = {},
) => ({ ...own, databases: new Map(Object.entries(databases)) }) as unknown as TenantPoolStats;

let now: number;
let recent: RecentActivity;
beforeEach(() => {
  now = 5_000;
  recent = new RecentActivity(() => now);
});

const IDLE = [pool(stats(10))];

describe('what an instance has done lately', () => {
  it('counts each statement for the time that it ran in the window, ended or not', () => {
    const long = { key: 'acme', text: 'select pg_sleep(60)' };
    // Sent 30 s ago, before the window.
    now += 1_000;
    recent.look([{ ...long, ageMs: 30_000 }], IDLE);
    now += 500;
    recent.statement('globex', 200);
    recent.statement('globex', 300);
    now += 500;
    recent.look(
      [
        { ...long, ageMs: 31_000 },
        { key: '', text: 'select 1', ageMs: 250 },
      ],
      IDLE,
    );
    expect(recent.cut().activity).toMatchObject({
      databaseMs: (2_000 + 500 + 250) / 2,
      msWithoutTenant: 125,
      tenants: [
        { tenantId: 'acme', databaseMs: 1_000 },
        { tenantId: 'globex', databaseMs: 250 },
      ],
    });
    // It ends: only what was not counted yet is added.
    now += 100;
    recent.statement('acme', 31_100);
    now += 1_900;
    recent.look([], IDLE);
    expect(recent.cut().activity.tenants[0]).toMatchObject({ tenantId: 'acme', databaseMs: 2_100 / 4 });
    now += 2_000;
    recent.look([], IDLE);
    expect(recent.cut().activity.tenants).toEqual([
      { tenantId: 'acme', databaseMs: 25, connections: 0, waiting: 0 },
    ]);
    now += 2_000;
    expect(recent.cut().activity).toMatchObject({ databaseMs: 0, tenants: [] });
  });

  it('knows what tenants have of all pools, on average', () => {
    const busy = pool(stats(10, { acme: [5, 20], globex: [1, 0], '': [1, 0] }), {
      'default/own': stats(5, { own: [2, 0] }),
    });
    recent.look([], [busy, pool(stats(3, { acme: [1, 0] }))]);
    recent.look([], [busy, pool(stats(3))]);
    now += 1_000;
    expect(recent.cut().activity).toMatchObject({
      capacity: 18,
      connections: 9.5,
      waiting: 20,
      tenants: [
        { tenantId: 'acme', connections: 5.5, waiting: 20 },
        { tenantId: 'globex', connections: 1, waiting: 0 },
        { tenantId: 'own', connections: 2, waiting: 0 },
      ],
    });
  });

  it('keeps few texts, and none that are long; of the system and of operators none', () => {
    const running = Array.from({ length: 3_000 }, (_, n) => ({ key: 'acme', text: `select ${n}`, ageMs: 1 }));
    recent.look([{ key: 'globex', text: 'x'.repeat(10_000), ageMs: 1 }], IDLE);
    recent.look([{ key: '', text: 'select secret', ageMs: 1 }, ...running], IDLE);
    const { texts } = recent.cut();
    expect([...texts.keys()]).toEqual(['globex', 'acme']);
    expect(texts.get('globex')).toEqual(new Map([['', 1]]));
    expect(texts.get('acme')?.size).toBe(999);
  });
});
