import { randomInt } from 'node:crypto';
import PQueue from 'p-queue';
import { type CompiledSources, compileSources } from './compiled-sources.js';
import { type Lane, type LaneOptions, openLane } from './lane.js';
import { type Random, randomFrom } from './random.js';
import type { Release } from './releases.js';
import { Strikes } from './strikes.js';
import { Tally } from './tally.js';
import type { Weapon } from './weapons.js';

/**
 * The environment variables KILL_SEED and KILL_RUNS repeat a run, and ask for another number of strikes: `npm run test:kill`
 * for 200. A seed holds what is done and at which part of it something fails; how long it takes is the machine's, so a
 * repetition may take a few attempts. KILL_SCENE plays those scenes alone whose names begin with it.
 */
const SEED = Number(process.env['KILL_SEED'] ?? randomInt(2 ** 31));
const RUNS = Number(process.env['KILL_RUNS'] ?? 40);
const SCENE = process.env['KILL_SCENE'] ?? '';

/** A kind of work that is struck, on a deployment of its own. */
export interface Scene {
  readonly name: string;
  readonly release: Release;
  /** Of KILL_RUNS. */
  readonly share: number;
  readonly lane?: LaneOptions;
  weapon(lane: Lane, random: Random): Weapon;
  play(lane: Lane, strikes: Strikes, random: Random): Promise<void>;
}

/** A spec of scenes, which prints what became of each strike. @param concurrency - scenes at a time. */
export function playScenes(
  title: string,
  all: readonly Scene[],
  { concurrency }: { readonly concurrency: number },
): void {
  const scenes = all.filter(({ name }) => name.startsWith(SCENE));
  let sources: CompiledSources;
  beforeAll(async () => {
    sources = await compileSources();
  });
  afterAll(() => sources.remove());

  it(
    title,
    async () => {
      process.stdout.write(`Strikes from the seed ${SEED} (KILL_SEED repeats them).\n`);
      const tally = new Tally();
      const queue = new PQueue({ concurrency });
      const played = scenes.map((scene, index) =>
        queue.add(() => play(scene, { sources, tally, random: randomFrom(SEED + index) })),
      );
      const ends = await Promise.allSettled(played);
      const failures = ends.flatMap((end, index) =>
        end.status === 'rejected' ? `${scenes[index]?.name}: ${end.reason}` : [],
      );
      expect(failures).toEqual([]);
      process.stdout.write(`${tally.strikes} strikes hit work in progress:\n${tally.table()}\n`);
      expect(tally.strikes).toBeGreaterThanOrEqual(scenes.reduce((sum, scene) => sum + wantedOf(scene), 0));
    },
    Math.max(3_600_000, RUNS * 60_000),
  );
}

function wantedOf({ share }: Scene): number {
  return Math.ceil(RUNS * share);
}

async function play(
  scene: Scene,
  { sources, tally, random }: { sources: CompiledSources; tally: Tally; random: Random },
): Promise<void> {
  const lane = await openLane(scene.release, scene.lane);
  const strikes = new Strikes({
    lane,
    worker: sources.worker,
    weapon: scene.weapon(lane, random),
    random,
    wanted: wantedOf(scene),
    tally,
  });
  try {
    await scene.play(lane, strikes, random);
  } finally {
    await strikes.end();
    await lane.close();
  }
}
