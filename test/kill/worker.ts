import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Job, perform } from './act.js';
import { openFleet } from './open-fleet.js';

// Writes to a pipe are synchronous on Linux and macOS: what has happened has been said.
const say = (word: 'ready' | 'begun' | 'ended') => process.stdout.write(`${word}\n`);

say('ready');
const [line] = await once(createInterface(process.stdin), 'line');
const { address, settings, act }: Job = JSON.parse(line);
const { fleet, registry } = await openFleet(address, settings);
if (act.do === 'migrate' || (act.do === 'adopt' && act.isolation === 'row')) { await registry.homes.prepareDeployment(); Object.assign(registry.homes, { repairShared: async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); } }); }
say('begun');
await perform(fleet, act);
say('ended');
// It does not end by itself: it is there to be killed.
await new Promise(() => setInterval(() => {}, 60_000));
