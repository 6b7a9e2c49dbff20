import { killAdoptions } from './adoptions.js';
import { killBackInTime } from './back-in-time.js';
import { killBackups } from './backups.js';
import { killClones } from './clones.js';
import { killFleetRuns } from './fleet-runs.js';
import { killJobs } from './jobs.js';
import { killKeyRotations } from './key-rotations.js';
import { killLives } from './lives.js';
import { PLACEMENT } from './open-fleet.js';
import { killOperations } from './operations.js';
import type { Scene } from './play.js';
import { LATEST, type Release } from './releases.js';
import { killTransfers } from './transfers.js';
import { killUploads } from './uploads.js';
import { killUsage } from './usage.js';
import { killWebhooks } from './webhooks.js';

const LIVES: Release = { kind: 'homes', level: LATEST.homes, parts: 18 };
const FLEET: Release = { kind: 'homes', level: LATEST.homes, parts: 2 };
const ROWS: Release = { kind: 'rows', level: LATEST.rows, parts: 2 };
const NO_MIGRATIONS: Release = { kind: 'homes', level: 0, parts: 0 };

/** What is done in a scene, whatever fails in it. */
export type Play = Pick<Scene, 'name' | 'release' | 'lane' | 'play'>;

const PLAYS = {
  lives: {
    release: LIVES,
    play: (lane, strikes, random) =>
      killLives(lane, strikes, random, ['schema', 'schema', 'schema', 'database']),
  },
  fleet: {
    release: FLEET,
    async play(lane, strikes, random) {
      for (let n = 0; n < 3; n += 1) await lane.fleet.tenants.create({ slug: `${lane.slug}-${n}` });
      await lane.fleet.tenants.create({ slug: `${lane.slug}-own`, isolation: 'database' });
      await killFleetRuns(lane, strikes, random);
    },
  },
  'lives in shared tables': {
    release: ROWS,
    async play(lane, strikes, random) {
      await lane.fleet.tenants.create({ slug: `${lane.slug}-stays`, isolation: 'row' });
      await killLives(lane, strikes, random, ['row']);
    },
  },
  'fleet in shared tables': {
    release: ROWS,
    async play(lane, strikes, random) {
      for (const n of [1, 2])
        await lane.fleet.tenants.create({ slug: `${lane.slug}-${n}`, isolation: 'row' });
      await killFleetRuns(lane, strikes, random);
    },
  },
  'lives on a placement': {
    release: FLEET,
    lane: { hasPlacement: true },
    play: (lane, strikes, random) =>
      killLives(lane, strikes, random, ['schema', 'schema', 'database'], PLACEMENT),
  },
  'fleet on a placement': {
    release: FLEET,
    lane: { hasPlacement: true },
    async play(lane, strikes, random) {
      for (let n = 0; n < 4; n += 1)
        await lane.fleet.tenants.create({ slug: `${lane.slug}-${n}`, placement: PLACEMENT });
      await lane.fleet.tenants.create({ slug: `${lane.slug}-main` });
      await killFleetRuns(lane, strikes, random);
    },
  },
  'transfers to a placement': {
    release: FLEET,
    lane: { hasPlacement: true },
    play: (lane, strikes, random) => killTransfers(lane, strikes, random, PLACEMENT),
  },
  adoptions: { release: NO_MIGRATIONS, play: killAdoptions },
  operations: { release: LIVES, play: killOperations },
  webhooks: { release: FLEET, play: killWebhooks },
  transfers: { release: FLEET, play: killTransfers },
  uploads: { release: FLEET, play: killUploads },
  clones: { release: FLEET, play: killClones },
  jobs: { release: FLEET, play: killJobs },
  backups: { release: FLEET, play: killBackups },
  'back in time': { release: FLEET, play: killBackInTime },
  'key rotations': { release: ROWS, play: killKeyRotations },
  usage: { release: FLEET, play: killUsage },
} satisfies Record<string, Omit<Play, 'name'>>;

export function playOf(name: keyof typeof PLAYS): Play {
  return { name, ...PLAYS[name] };
}
