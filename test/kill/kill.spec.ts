/** @suite kill */
import { playScenes, type Scene } from './play.js';
import { playOf } from './scenes.js';
import { KilledProcess } from './weapons.js';

const scene = (name: Parameters<typeof playOf>[0], share: number): Scene => ({
  ...playOf(name),
  share,
  weapon: () => new KilledProcess(),
});

playScenes(
  'leaves nothing incomplete after a repair, wherever a process is killed',
  [
    scene('lives', 0.35),
    scene('fleet', 0.25),
    scene('lives in shared tables', 0.13),
    scene('fleet in shared tables', 0.1),
    scene('lives on a placement', 0.08),
    scene('fleet on a placement', 0.08),
    scene('transfers to a placement', 0.08),
    scene('adoptions', 0.17),
    scene('operations', 0.2),
    scene('webhooks', 0.2),
    scene('transfers', 0.15),
    scene('clones', 0.05),
    scene('jobs', 0.3),
    scene('backups', 0.2),
    scene('back in time', 0.15),
    scene('key rotations', 0.15),
    scene('usage', 0.5),
    scene('uploads', 0.1),
  ],
  { concurrency: 15 },
);
