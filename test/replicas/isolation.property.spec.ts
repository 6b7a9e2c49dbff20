import { type Tenant, TenantContext } from '@rowhouse/core';
import fc from 'fast-check';
import { checkSeeded } from '../support/seeded-property.js';
import { until } from '../support/until.js';
import { Note } from './note.js';
import { type NotesApp, PAIRS, type ReplicatedNotes, startReplicatedNotes } from './replicated-notes.js';

/** However slow the machine. */
const PATIENT = { maxLagMs: 3_600_000, checkEveryMs: 50 };
const LAG_MS = 5_000;
const TENANTS = PAIRS.flatMap(({ writer, quiet }) => [writer, quiet]);

let notes: ReplicatedNotes;

beforeAll(async () => {
  notes = await startReplicatedNotes();
});

afterAll(() => notes.close());

type Way = (app: NotesApp, tenant: Tenant, text: string) => Promise<unknown>;
const as = <T>(tenant: Tenant, work: () => Promise<T>) => TenantContext.run(tenant, work);

/** Ways to write a note. */
const WRITES = {
  save: (app, tenant, text) => app.write(tenant, text),
  raw: (app, tenant, text) =>
    as(tenant, () => app.ambient.query('insert into notes (text) values ($1)', [text])),
  hidden: (app, tenant, text) =>
    as(tenant, () =>
      app.ambient.query('with n as (insert into notes (text) values ($1) returning 1) select 1 from n', [
        text,
      ]),
    ),
  transaction: (app, tenant, text) =>
    as(tenant, () => app.ambient.transaction((manager) => manager.insert(Note, { text }))),
  registry: (app, tenant, text) => app.registry.for(tenant).getRepository(Note).insert({ text }),
} satisfies Record<string, Way>;

const newestFirst = { order: { id: 'DESC' } } as const;

/** Ways to read them, which may be by a replica. */
const READS = {
  find: (app, tenant) => as(tenant, () => app.ambient.getRepository(Note).find(newestFirst)),
  builder: (app, tenant) =>
    as(tenant, () => app.ambient.createQueryBuilder(Note, 'n').orderBy('n.id', 'DESC').getMany()),
  registry: (app, tenant) => app.registry.for(tenant).getRepository(Note).find(newestFirst),
} satisfies Record<string, (app: NotesApp, tenant: Tenant) => Promise<Note[]>>;

type Step =
  | { readonly write: keyof typeof WRITES }
  | { readonly read: keyof typeof READS }
  | { readonly undone: true }
  | { readonly inTransaction: true };
const keyIn = <Key extends string>(ways: Readonly<Record<Key, unknown>>) =>
  fc.constantFrom(...(Object.keys(ways) as Key[]));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: keyIn(READS).map((read) => ({ read })) },
  { weight: 2, arbitrary: keyIn(WRITES).map((write) => ({ write })) },
  { weight: 1, arbitrary: fc.constant({ undone: true } as const) },
  { weight: 1, arbitrary: fc.constant({ inTransaction: true } as const) },
);

/** What each tenant does, one step after the other; all at the same time. */
const histories = fc.tuple(...TENANTS.map(() => fc.array(step, { maxLength: 10 })));

/** The texts that each tenant has, newest first. */
const written = new Map<Tenant, string[]>(TENANTS.map((tenant) => [tenant, [`${tenant.slug} first`]]));
const textsOf = (rows: readonly Note[]) => rows.map(({ text }) => text);
let count = 0;

/** @returns how many reads should have gone where, while the replica shows nothing new. */
async function live(app: NotesApp, tenant: Tenant, steps: readonly Step[]) {
  const own = written.get(tenant) as string[];
  const reads = { onReplicas: 0, wrote: 0 };
  let hasWritten = false;
  for (const each of steps) {
    if ('read' in each) {
      expect(textsOf(await READS[each.read](app, tenant))).toEqual(own);
      reads[hasWritten ? 'wrote' : 'onReplicas'] += 1;
    } else if ('inTransaction' in each) {
      const rows = await as(tenant, () =>
        app.ambient.transaction((manager) => manager.find(Note, newestFirst)),
      );
      expect(textsOf(rows)).toEqual(own);
    } else {
      hasWritten = true;
      const text = `${tenant.slug} ${++count}`;
      if ('write' in each) {
        await WRITES[each.write](app, tenant, text);
        own.unshift(text);
      } else {
        const undone = as(tenant, () =>
          app.ambient.transaction(async (manager) => {
            await manager.insert(Note, { text });
            throw new Error('undone');
          }),
        );
        await expect(undone).rejects.toThrow('undone');
      }
    }
  }
  return reads;
}

async function liveAll(app: NotesApp, steps: readonly (readonly Step[])[]) {
  const lives = TENANTS.map((tenant, index) => live(app, tenant, steps[index] as Step[]));
  // Nothing of a run that has failed goes on in the next one.
  await Promise.allSettled(lives);
  return Promise.all(lives);
}

/** Resolves when each tenant reads what it has from the replica. */
async function allOnReplica(app: NotesApp): Promise<void> {
  await until(async () => {
    const before = app.counts().onReplicas;
    for (const tenant of TENANTS) expect(await app.read(tenant)).toEqual(written.get(tenant));
    return app.counts().onReplicas === before + TENANTS.length;
  });
}

it.each(['statement', 'session'] as const)(
  'all tenants at once: each reads its own rows, and all that it has written, of a replica that stands still, by %s pins',
  async (pin) => {
    const app = await notes.open({ replicas: PATIENT, pin });
    const property = fc.asyncProperty(histories, async (steps) => {
      await notes.standby.resume();
      await allOnReplica(app);
      await notes.standby.pause();
      const before = app.counts();
      const expected = await liveAll(app, steps);
      const after = app.counts();
      for (const place of ['onReplicas', 'wrote'] as const) {
        const sum = expected.reduce((total, reads) => total + reads[place], 0);
        expect(`${place}: ${after[place] - before[place]}`).toBe(`${place}: ${sum}`);
      }
      expect(after).toMatchObject({ lag: 0, failure: 0, placement: 0 });
    });
    await checkSeeded(property, { name: `replicas, ${pin} pins`, runs: 8 });
    await notes.standby.resume();
    await app.close();
  },
);

it('and of a replica that is 5 s behind, while all go on, until it has everything', async () => {
  const app = await notes.open({ replicas: PATIENT });
  await allOnReplica(app);
  await notes.standby.lag(LAG_MS);
  const property = fc.asyncProperty(histories, async (steps) => {
    await liveAll(app, steps);
  });
  await checkSeeded(property, { name: 'replicas that lag', runs: 8 });
  expect(app.counts()).toMatchObject({ lag: 0, failure: 0, placement: 0 });
  expect(app.counts().onReplicas).toBeGreaterThan(0);
  expect(app.counts().wrote).toBeGreaterThan(0);
  await allOnReplica(app);
  await notes.standby.lag(0);
  await app.close();
});
