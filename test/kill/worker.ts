import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Job, perform } from './act.js';
import { openFleet } from './open-fleet.js';

// Writes to a pipe are synchronous on Linux and macOS: what has happened has been said.
const say = (word: 'ready' | 'begun' | 'ended') => process.stdout.write(`${word}\n`);

// Nobody is left to kill it.
process.stdin.once('close', () => process.exit(1));

say('ready');
const [line] = await once(createInterface(process.stdin), 'line');
const { address, settings, act }: Job = JSON.parse(line);
const { fleet } = await openFleet(address, settings);
say('begun');
await perform(fleet, act);
say('ended');
// It does not end by itself: it is there to be killed.
await new Promise(() => setInterval(() => {}, 60_000));
