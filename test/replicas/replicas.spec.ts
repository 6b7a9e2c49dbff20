/** @suite typeorm03 */
import { type PinMode, TenantContext } from '@rowhouse/core';
import type { ReadStream } from 'typeorm/platform/PlatformTools.js';
import { until } from '../support/until.js';
import { openWireTap } from '../support/wire-tap.js';
import { Note } from './note.js';
import { type NotesApp, PAIRS, type ReplicatedNotes, startReplicatedNotes } from './replicated-notes.js';

const HOUR_MS = 3_600_000;
/** However far behind the standby is, and however slow the machine. */
const PATIENT = { maxLagMs: HOUR_MS, checkEveryMs: 50 };
const [{ writer, quiet }] = PAIRS as [(typeof PAIRS)[number]];

let notes: ReplicatedNotes;

beforeAll(async () => {
  notes = await startReplicatedNotes();
});

afterAll(() => notes.close());

afterEach(() => notes.standby.resume());

describe.each(PAIRS)('a tenant with isolation $isolation', ({ writer, quiet }) => {
  it.each<PinMode>(['statement', 'session'])(
    'reads from a replica, pinned there, by %s pins',
    async (pin) => {
      const app = await notes.open({ replicas: PATIENT, pin });
      await app.inService(quiet);
      for (const tenant of [quiet, writer, quiet])
        expect((await app.read(tenant)).at(-1)).toBe(`${tenant.slug} first`);
      const [note] = await app.registry.for(quiet).getRepository(Note).find();
      expect(note?.text).toBe(`${quiet.slug} first`);
      expect(app.counts()).toEqual({ onReplicas: 4, wrote: 0, lag: 0, failure: 0, placement: 0 });
      await expect(app.ambient.getRepository(Note).find()).rejects.toMatchObject({
        code: 'TENANT_CONTEXT_MISSING',
      });
      await app.close();
    },
  );

  it('reads what it has written while the replica lags, the others read there; and there again when it has it', async () => {
    const app = await notes.open({ replicas: PATIENT });
    await app.inService(quiet);
    await notes.standby.pause();
    await app.write(writer, 'second');
    expect((await app.read(writer))[0]).toBe('second');
    expect(app.counts()).toMatchObject({ onReplicas: 0, wrote: 1 });
    expect(await app.read(quiet)).toEqual([`${quiet.slug} first`]);
    expect(app.counts()).toMatchObject({ onReplicas: 1, wrote: 1 });
    await notes.standby.resume();
    await until(async () => {
      expect((await app.read(writer))[0]).toBe('second');
      return app.counts().onReplicas > 1;
    });
    await app.close();
  });
});

describe('reads and replicas', () => {
  let app: NotesApp;

  beforeEach(async () => {
    app = await notes.open({ replicas: PATIENT });
    await app.inService(quiet);
  });

  afterEach(() => app.close());

  const asQuiet = <T>(work: () => Promise<T>) => TenantContext.run(quiet, work);

  it('sends transactions, raw statements and writes to the primary', async () => {
    await asQuiet(async () => {
      await app.ambient.transaction(async (manager) => {
        await manager.find(Note, { lock: { mode: 'pessimistic_write' } });
        await manager.find(Note);
      });
      await app.ambient.query('select text from notes');
    });
    expect(app.counts()).toMatchObject({ onReplicas: 0, wrote: 0 });
    // Nothing of this was a write.
    await app.read(quiet);
    expect(app.counts()).toMatchObject({ onReplicas: 1, wrote: 0 });
  });

  it('knows a write by whichever way it went', async () => {
    await notes.standby.pause();
    const ways: Array<(text: string) => Promise<unknown>> = [
      (text) => app.ambient.query('insert into notes (text) values ($1)', [text]),
      (text) =>
        app.ambient.query('with n as (insert into notes (text) values ($1) returning *) select * from n', [
          text,
        ]),
      (text) => app.ambient.transaction((manager) => manager.insert(Note, { text })),
      (text) => app.registry.for(writer).getRepository(Note).insert({ text }),
      (text) => app.ambient.query('select add_note($1)', [text]),
      (text) =>
        TenantContext.runAsSystem('a test', () =>
          app.registry.for(writer).getRepository(Note).insert({ text }),
        ),
    ];
    for (const [index, write] of ways.entries()) {
      await TenantContext.run(writer, () => write(`way ${index}`));
      expect((await app.read(writer))[0]).toBe(`way ${index}`);
    }
  });

  it('has the system see what anybody wrote', async () => {
    await notes.standby.pause();
    await app.write(writer, 'for the system');
    await TenantContext.runAsSystem('a test', () =>
      app.ambient.createQueryBuilder().select('1').from('pg_class', 'c').limit(1).getRawMany(),
    );
    expect(app.counts().wrote).toBe(1);
  });

  it('streams from a replica', async () => {
    const rows = await asQuiet(async () => {
      const stream: ReadStream = await app.ambient.getRepository(Note).createQueryBuilder('n').stream();
      const texts: string[] = [];
      for await (const row of stream as unknown as AsyncIterable<{ n_text: string }>) texts.push(row.n_text);
      return texts;
    });
    expect(rows).toEqual([`${quiet.slug} first`]);
    expect(app.counts().onReplicas).toBe(1);
  });

  it('sends to the primary what a standby refuses, and takes it for a write', async () => {
    await notes.standby.pause();
    const next = () =>
      app.ambient.createQueryBuilder().select(`nextval('notes_id_seq')`).from(Note, 'n').getRawOne();
    expect(await asQuiet(next)).toBeDefined();
    expect(app.counts()).toMatchObject({ onReplicas: 1, failure: 1 });
    await app.read(quiet);
    expect(app.counts()).toMatchObject({ onReplicas: 1, failure: 1, wrote: 1 });
  });

  it('leaves the errors of a statement to its caller, at the first time', async () => {
    const wrong = () =>
      app.ambient.getRepository(Note).createQueryBuilder('n').where('n.id = :id', { id: 'x' }).getMany();
    await expect(asQuiet(wrong)).rejects.toThrow('invalid input syntax');
    expect(app.counts()).toMatchObject({ onReplicas: 1, failure: 0 });
  });

  it('goes on at the primary when the replica stops, also on a query runner that was there, but not in a transaction', async () => {
    const [kept, inTransaction] = [0, 1].map(() =>
      TenantContext.run(quiet, () => app.ambient.createQueryRunner('slave')),
    );
    await kept?.query('select text from notes');
    await inTransaction?.startTransaction();
    await inTransaction?.query('select text from notes');
    await notes.standby.stop();
    expect(await kept?.query('select text from notes')).toEqual([{ text: `${quiet.slug} first` }]);
    await expect(inTransaction?.query('select text from notes')).rejects.toThrow();
    await kept?.release();
    await inTransaction?.release();
    for (let i = 0; i < 3; i += 1) expect(await app.read(quiet)).toEqual([`${quiet.slug} first`]);
    expect(app.counts().failure).toBeGreaterThanOrEqual(4);

    const late = await notes.open({ replicas: PATIENT });
    expect(await late.read(quiet)).toEqual([`${quiet.slug} first`]);
    expect(late.registry.stats().reads?.replicas[0]?.outBecause).toMatch('ECONNREFUSED');
    await notes.standby.start();
    for (const each of [app, late]) await each.inService(quiet);
  });

  it('never reads a server that is no copy of the primary', async () => {
    const stranger = await notes.open({
      replicas: PATIENT,
      slave: process.env['ROWHOUSE_TEST_URL'] as string,
    });
    expect(await stranger.read(quiet)).toEqual([`${quiet.slug} first`]);
    expect(stranger.registry.stats().reads?.replicas[0]?.outBecause).toMatch('no copy of the primary');
  });

  it('shows what another instance has written maxLagMs ago', async () => {
    const other = await notes.open({ replicas: { maxLagMs: 200, checkEveryMs: 50 } });
    await other.inService(quiet);
    await notes.standby.pause();
    await app.write(writer, 'from elsewhere');
    await until(async () => (await other.read(writer))[0] === 'from elsewhere');
    expect(other.counts()).toMatchObject({ wrote: 0, failure: 0 });
    expect(other.counts().lag).toBeGreaterThan(0);
    await notes.standby.resume();
    await other.inService(quiet);
  });

  it('costs a read no round trip more', async () => {
    const tap = await openWireTap(notes.at(notes.standby));
    // It is asked once: one that was behind at that moment is not read.
    const replicas = { maxLagMs: 2 * HOUR_MS, checkEveryMs: HOUR_MS };
    let tapped: NotesApp;
    do {
      await notes.standby.caughtUp();
      tapped = await notes.open({ replicas, slave: tap.url });
    } while (tapped.registry.stats().reads?.replicas[0]?.lagMs === undefined);
    await tapped.inService(quiet);
    tap.reset();
    await tapped.read(quiet);
    expect(tap.roundTrips).toBe(1);
    await tapped.close();
    await tap.close();
  });
});
