import { type AdoptionOptions, type Fleet, MigrationRefusedError } from '@rowhouse/migrations/fleet';
import { adoptAccepting } from './adopt-accepting.js';
import type { Snapshot } from './snapshot.js';

const object = (kind: string, name: string): Snapshot[number] => ({
  schema: null,
  kind,
  name,
  aspect: 'definition',
  value: '',
});
const SNAPSHOT = [
  object('view', 'reports.v'),
  object('view', 'reports.v_more'),
  object('function', 'reports.f(integer)'),
  object('table', 'public.a'),
  object('policy', 'own on reports.r'),
];

/** Refuses until everything in `wanted` is accepted, naming what is missing one after the other. */
function fleetThatAsksFor(wanted: readonly string[]) {
  const calls: (readonly string[] | undefined)[] = [];
  const adopt = async (options: AdoptionOptions) => {
    const { accept } = options as { accept?: readonly string[] };
    calls.push(accept && [...accept]);
    const missing = wanted.find((name) => !accept?.includes(name));
    if (missing === undefined) return { warnings: [] };
    throw new MigrationRefusedError(
      `Outside of the schema, ${missing} depends on it. Accept it, or drop it.`,
    );
  };
  return { fleet: { adopt } as unknown as Fleet, calls };
}

it('accepts what refusals name, by the longest name, and records it', async () => {
  const { fleet, calls } = fleetThatAsksFor(['reports.v_more', 'reports.f(integer)', 'own on reports.r']);
  const { accepted } = await adoptAccepting(fleet, { tenant: { slug: 'first' } }, SNAPSHOT);
  expect(accepted).toEqual(['reports.v_more', 'reports.f(integer)', 'own on reports.r']);
  expect(calls[0]).toBeUndefined();
  expect(calls).toHaveLength(4);
});

it('ends with a refusal that names nothing new', async () => {
  const { fleet, calls } = fleetThatAsksFor(['reports.unknown']);
  await expect(adoptAccepting(fleet, { tenant: { slug: 'first' } }, SNAPSHOT)).rejects.toThrow(
    'reports.unknown',
  );
  expect(calls).toEqual([undefined]);
});
