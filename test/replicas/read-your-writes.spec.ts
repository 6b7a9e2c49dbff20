import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ReplicaReadStats, Tenant } from '@rowhouse/core';
import { type CompiledSources, compileSources } from '../kill/compiled-sources.js';
import { until } from '../support/until.js';
import type { NotesServerSettings } from './note.js';
import { PAIRS, type ReplicatedNotes, startReplicatedNotes } from './replicated-notes.js';

const HOUR_MS = 3_600_000;
const SECRETS = [
  'the secret of today, the 28th of November',
  'the secret of yesterday, the 27th of November',
];

type Instance = Awaited<ReturnType<typeof startInstance>>;

let notes: ReplicatedNotes;
let sources: CompiledSources;
let instances: Record<'express' | 'fastify', Instance>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  [notes, sources] = await Promise.all([startReplicatedNotes(), compileSources()]);
  const [express, fastify] = await Promise.all([
    startInstance({ platform: 'express' }),
    startInstance({ platform: 'fastify' }),
  ]);
  instances = { express, fastify };
});

afterEach(() => notes.standby.resume());

afterAll(async () => {
  await Promise.all(
    children.map(async (child) => {
      const gone = once(child, 'close');
      child.kill();
      await gone;
    }),
  );
  await notes.close();
  await sources.remove();
});

type Given = Pick<NotesServerSettings, 'platform'> & Partial<NotesServerSettings>;

/** An instance of the app, in a process of its own. */
async function startInstance(given: Given) {
  const { url, loginUrl } = notes.database;
  const settings: NotesServerSettings = {
    url,
    loginUrl,
    replicaUrl: notes.at(notes.standby),
    replicas: { maxLagMs: HOUR_MS, checkEveryMs: 50 },
    tenants: PAIRS.flatMap(({ writer, quiet }) => [writer, quiet]),
    secret: SECRETS,
    ...given,
  };
  const child = spawn(process.execPath, [sources.notesServer, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  children.push(child);
  let errors = '';
  child.stderr?.on('data', (bytes) => {
    errors += bytes;
  });
  const [port] = await Promise.race([
    once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data'),
    once(child, 'close').then(() => Promise.reject(new Error(errors))),
  ]);
  const base = `http://127.0.0.1:${Number(port)}`;
  const reads = async () => (await (await fetch(`${base}/reads`)).json()) as ReplicaReadStats;
  const list = async (tenant: Tenant, headers: Record<string, string> = {}, path = '/notes') => {
    const answer = await fetch(`${base}${path}`, { headers: { 'x-tenant-id': tenant.slug, ...headers } });
    expect(answer.status).toBe(200);
    return (await answer.json()) as string[];
  };
  const add = (tenant: Tenant, text: string, fails = false) =>
    fetch(`${base}/notes`, {
      method: 'POST',
      headers: { 'x-tenant-id': tenant.slug, 'content-type': 'application/json' },
      body: JSON.stringify({ text, fails }),
    });
  const onReplica = async () => (await reads()).replicas[0]?.reads ?? 0;
  /** Resolves when the replica is known to have what everybody has written here. */
  const inService = () =>
    until(async () => {
      const before = await onReplica();
      for (const { writer } of PAIRS) await list(writer);
      return (await onReplica()) === before + PAIRS.length;
    });
  return { list, add, reads, onReplica, inService };
}

/** What a browser sends back, and what another client may. */
function seenIn(answer: Response) {
  const [cookie = ''] = answer.headers.getSetCookie();
  return {
    cookie: cookie.split(';', 1)[0] as string,
    'rowhouse-seen': answer.headers.get('rowhouse-seen') ?? '',
  };
}

it.each([
  ['express', 'fastify'],
  ['fastify', 'express'],
] as const)(
  'who wrote on one instance (%s) sees it on another (%s), while the replica lags',
  async (one, two) => {
    const [a, b] = await Promise.all([startInstance({ platform: one }), startInstance({ platform: two })]);
    await notes.standby.pause();
    for (const { writer, quiet, isolation } of PAIRS) {
      const text = `${isolation} of ${one}`;
      const answer = await a.add(writer, text);
      expect(answer.status).toBe(201);
      expect(answer.headers.getSetCookie()).toEqual([
        expect.stringMatching(/^rowhouse_seen=[\w-]{48}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/),
      ]);
      const { cookie, ...header } = seenIn(answer);
      for (const seen of [{ cookie }, { cookie: `theme=dark; ${cookie}` }, header]) {
        expect((await b.list(writer, seen))[0]).toBe(text);
        expect((await b.list(writer, seen, '/notes/as-system'))[0]).toBe(text);
      }
      // Everybody else reads from the replica.
      const before = await b.onReplica();
      expect((await b.list(writer))[0]).not.toBe(text);
      await b.list(quiet);
      expect(await b.onReplica()).toBe(before + 2);
    }
    // Until the replica has it.
    const { writer } = PAIRS[0] as (typeof PAIRS)[0];
    const last = await a.add(writer, `last of ${one}`);
    await notes.standby.resume();
    await until(async () => {
      const before = await b.onReplica();
      expect((await b.list(writer, { cookie: seenIn(last).cookie }))[0]).toBe(`last of ${one}`);
      return (await b.onReplica()) > before;
    });
  },
);

it.each(['express', 'fastify'] as const)(
  'an answer says so where a request wrote, and nowhere else (%s)',
  async (platform) => {
    const { writer, quiet } = PAIRS[0] as (typeof PAIRS)[0];
    const instance = instances[platform];
    const failed = await instance.add(writer, 'and failed', true);
    expect(failed.status).toBe(418);
    expect(seenIn(failed).cookie).toMatch(/^rowhouse_seen=./);
    const url = new URL(failed.url);
    const read = await fetch(url, { headers: { 'x-tenant-id': quiet.slug } });
    expect([read.status, read.headers.getSetCookie(), read.headers.get('rowhouse-seen')]).toEqual([
      200,
      [],
      null,
    ]);
  },
);

it('takes what older secrets wrote, and what nobody can read for the newest of all', async () => {
  const { writer, quiet } = PAIRS[0] as (typeof PAIRS)[0];
  const older = await startInstance({ platform: 'express', secret: SECRETS[1] as string });
  const current = instances.fastify;
  const token = seenIn(await older.add(writer, 'by the older'))['rowhouse-seen'];
  await until(async () => {
    const before = await current.onReplica();
    await current.list(writer, { 'rowhouse-seen': token });
    return (await current.onReplica()) > before;
  });
  for (const bad of ['x', token.slice(0, -2), `${token}AA`, 'A'.repeat(48), '%', `${token}, ${token}`]) {
    const before = await current.reads();
    await current.list(quiet, { 'rowhouse-seen': bad });
    const after = await current.reads();
    expect([bad, after.onPrimary.wrote - before.onPrimary.wrote]).toEqual([bad, 1]);
  }
});
