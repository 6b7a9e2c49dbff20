/** @suite kill faults */
import { playScenes, type Scene } from './play.js';
import { playOf } from './scenes.js';
import { FailingWire } from './weapons.js';

/** The connections of the victim are reset in the middle of a message. */
const cut = (name: Parameters<typeof playOf>[0], share: number): Scene => ({
  ...playOf(name),
  share,
  weapon: (lane) => new FailingWire(lane, 'cut'),
});

/** Those to the homes freeze; the catalog can be reached, and the operator cancels the work. */
const frozen = (name: Parameters<typeof playOf>[0], share: number): Scene => ({
  ...playOf(name),
  name: `${name}: frozen`,
  share,
  lane: { hasDirectCatalog: true },
  weapon: (lane) => new FailingWire(lane, 'freeze'),
});

// A strike of a frozen scene waits: ten seconds for the server to answer a cancelled statement, up to forty until it is given up.
playScenes(
  'leaves nothing incomplete after a repair, wherever connections fail',
  [
    frozen('transfers', 0.06),
    frozen('transfers', 0.06),
    frozen('clones', 0.04),
    frozen('backups', 0.06),
    frozen('back in time', 0.06),
    cut('transfers', 0.16),
    cut('clones', 0.04),
    cut('backups', 0.08),
    cut('back in time', 0.08),
    cut('jobs', 0.06),
    cut('operations', 0.06),
    cut('lives', 0.06),
    cut('fleet', 0.04),
    cut('usage', 0.06),
    cut('uploads', 0.04),
  ],
  { concurrency: 9 },
);
