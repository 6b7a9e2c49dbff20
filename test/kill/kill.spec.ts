/** @suite kill */
import { randomInt } from 'node:crypto';
import { killAdoptions } from './adoptions.js';
import { type CompiledSources, compileSources } from './compiled-sources.js';
import { killFleetRuns } from './fleet-runs.js';
import { killKeyRotations } from './key-rotations.js';
import { type Lane, openLane } from './lane.js';
import { killLives } from './lives.js';
import { killOperations } from './operations.js';
import { type Random, randomFrom } from './random.js';
import { LATEST, type Release } from './releases.js';
import { Strikes } from './strikes.js';
import { killTransfers } from './transfers.js';
import { killWebhooks } from './webhooks.js';

/**
 * The environment variables KILL_SEED and KILL_RUNS repeat a run, and ask for another number of kills: `npm run test:kill`
 * for 200. A seed holds what is
 * done and at which part of its time it is killed; how long it takes is the machine's, so a repetition may take a few attempts.
 */
const SEED = Number(process.env['KILL_SEED'] ?? randomInt(2 ** 31));
const RUNS = Number(process.env['KILL_RUNS'] ?? 40);

const LIVES: Release = { kind: 'homes', level: LATEST.homes, parts: 18 };
const FLEET: Release = { kind: 'homes', level: LATEST.homes, parts: 2 };
const ROWS: Release = { kind: 'rows', level: LATEST.rows, parts: 2 };
const NO_MIGRATIONS: Release = { kind: 'homes', level: 0, parts: 0 };

/** The kinds of work that are killed, each on its own deployment, with their share of the kills. */
interface Scene {
  readonly name: string;
  readonly release: Release;
  readonly share: number;
  play(lane: Lane, strikes: Strikes, random: Random): Promise<void>;
}

const SCENES: readonly Scene[] = [
  {
    name: 'lives',
    release: LIVES,
    share: 0.35,
    play: (lane, strikes, random) =>
      killLives(lane, strikes, random, ['schema', 'schema', 'schema', 'database']),
  },
  {
    name: 'fleet',
    release: FLEET,
    share: 0.25,
    async play(lane, strikes, random) {
      for (let n = 0; n < 3; n += 1) await lane.fleet.tenants.create({ slug: `${lane.slug}-${n}` });
      await lane.fleet.tenants.create({ slug: `${lane.slug}-own`, isolation: 'database' });
      await killFleetRuns(lane, strikes, random);
    },
  },
  {
    name: 'lives in shared tables',
    release: ROWS,
    share: 0.13,
    async play(lane, strikes, random) {
      await lane.fleet.tenants.create({ slug: `${lane.slug}-stays`, isolation: 'row' });
      await killLives(lane, strikes, random, ['row']);
    },
  },
  {
    name: 'fleet in shared tables',
    release: ROWS,
    share: 0.1,
    async play(lane, strikes, random) {
      for (const n of [1, 2])
        await lane.fleet.tenants.create({ slug: `${lane.slug}-${n}`, isolation: 'row' });
      await killFleetRuns(lane, strikes, random);
    },
  },
  { name: 'adoptions', release: NO_MIGRATIONS, share: 0.17, play: killAdoptions },
  { name: 'operations', release: LIVES, share: 0.2, play: killOperations },
  { name: 'webhooks', release: FLEET, share: 0.2, play: killWebhooks },
  { name: 'transfers', release: FLEET, share: 0.15, play: killTransfers },
  { name: 'key rotations', release: ROWS, share: 0.15, play: killKeyRotations },
];

let sources: CompiledSources;
beforeAll(async () => {
  sources = await compileSources();
});
afterAll(() => sources.remove());

async function play({ release, share, play }: Scene, random: Random): Promise<Strikes> {
  const lane = await openLane(release);
  const wanted = Math.ceil(RUNS * share);
  const strikes = new Strikes({ lane, worker: sources.worker, random, wanted });
  try {
    await play(lane, strikes, random);
    return strikes;
  } finally {
    await strikes.end();
    await lane.close();
  }
}

it('leaves nothing incomplete after a repair, wherever a process is killed', async () => {
  process.stdout.write(`Kills from the seed ${SEED} (KILL_SEED repeats them).\n`);
  const scenes = SCENES.map((scene, index) => play(scene, randomFrom(SEED + index)));
  const ends = await Promise.allSettled(scenes);
  const failures = ends.flatMap((end, index) =>
    end.status === 'rejected' ? `${SCENES[index]?.name}: ${end.reason}` : [],
  );
  expect(failures).toEqual([]);
  const played = await Promise.all(scenes);
  const landed = played.reduce((sum, strikes) => sum + strikes.landed, 0);
  const hits = played
    .flatMap((strikes) => [...strikes.hits])
    .map(([label, count]) => `  ${count} × ${label}\n`);
  process.stdout.write(`${landed} processes were killed at work:\n${hits.join('')}`);
  expect(landed).toBeGreaterThanOrEqual(RUNS);
}, 900_000);
