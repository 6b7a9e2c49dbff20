/** @suite kill faults */
import { mountSmallDisk } from '../support/small-disk.js';
import { playScenes, type Scene } from './play.js';
import { playOf } from './scenes.js';
import { FullWalDisk, KilledBackend, KilledServer, type Weapon } from './weapons.js';

/** Each has a server of its own, which dies again and again. */
const scene = (name: Parameters<typeof playOf>[0], share: number): readonly Scene[] =>
  (['server', 'backend'] as const).map((what) => ({
    ...playOf(name),
    name: `${name}: ${what}`,
    share: share / 2,
    lane: { hasOwnServer: true },
    weapon: (lane, random): Weapon =>
      what === 'server' ? new KilledServer(lane) : new KilledBackend(lane, random),
  }));

const trial = mountSmallDisk(2 ** 20);
trial?.unmount();

const full = (name: Parameters<typeof playOf>[0], share: number): Scene => ({
  ...playOf(name),
  name: `${name}: full disk`,
  share,
  lane: { hasOwnServer: true, hasSmallWal: true },
  weapon: (lane) => new FullWalDisk(lane),
});

/** Where nothing may be mounted, no disk can be full. */
const FULL = trial
  ? [full('transfers', 0.08), full('clones', 0.03), full('backups', 0.04), full('back in time', 0.05)]
  : [];

playScenes(
  'leaves nothing incomplete after a repair, wherever PostgreSQL is killed, or the disk of its WAL is full',
  [
    ...scene('transfers', 0.16),
    ...scene('clones', 0.04),
    ...scene('backups', 0.08),
    ...scene('back in time', 0.08),
    ...scene('jobs', 0.06),
    ...scene('operations', 0.06),
    ...scene('lives', 0.06),
    ...scene('fleet', 0.04),
    ...scene('usage', 0.06),
    ...FULL,
  ],
  { concurrency: 3 },
);
