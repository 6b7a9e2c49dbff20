import { until } from '../support/until.js';
import { type NotesApp, PAIRS, type ReplicatedNotes, startReplicatedNotes } from './replicated-notes.js';

let notes: ReplicatedNotes;
let app: NotesApp;

beforeAll(async () => {
  notes = await startReplicatedNotes();
});

afterAll(() => notes.close());

const standby = () => notes.server.standbys[0] as NonNullable<ReplicatedNotes['server']['standbys'][0]>;

describe.each(PAIRS)('a tenant with isolation $isolation', ({ writer, quiet }) => {
  beforeEach(async () => {
    app = await notes.open({ replicas: { maxLagMs: 3_600_000, checkEveryMs: 50 } });
  });

  afterEach(() => app.close());

  it('reads from a replica', async () => {
    expect(await app.read(quiet)).toEqual([`${quiet.slug} first`]);
    expect(await app.registry.for(quiet).query('select 1')).toHaveLength(1);
    expect(app.counts()).toMatchObject({ onReplicas: 1, wrote: 0, lag: 0, failure: 0 });
  });

  it('reads what it has written while the replica lags, and from the replica when that has it', async () => {
    await standby().pause();
    await app.write(writer, 'second');
    expect((await app.read(writer))[0]).toBe('second');
    expect(app.counts()).toMatchObject({ onReplicas: 0, wrote: 1 });
    expect(await app.read(quiet)).toEqual([`${quiet.slug} first`]);
    expect(app.counts()).toMatchObject({ onReplicas: 1, wrote: 1 });
    await standby().resume();
    await until(async () => {
      expect((await app.read(writer))[0]).toBe('second');
      return app.counts().onReplicas > 1;
    });
  });
});
