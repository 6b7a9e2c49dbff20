import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Job, perform } from './act.js';
import { openFleet } from './open-fleet.js';

// Writes to a pipe are synchronous on Linux and macOS, so no message is lost when the process is killed.
const say = (word: 'ready' | 'begun' | 'ended') => process.stdout.write(`${word}\n`);

// The parent has ended, so nobody would kill this process.
process.stdin.once('close', () => process.exit(1));

say('ready');
const [line] = await once(createInterface(process.stdin), 'line');
const { address, settings, act }: Job = JSON.parse(line);
const open = await openFleet(address, settings);
say('begun');
await perform(open, act);
say('ended');
// Keeps the process alive until it is killed.
await new Promise(() => setInterval(() => {}, 60_000));
