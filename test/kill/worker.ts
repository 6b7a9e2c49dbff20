import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Job, perform } from './act.js';
import { openFleet } from './open-fleet.js';
import { type Failure, STOP, type Word } from './victim.js';

// Writes to a pipe are synchronous on Linux and macOS, so no message is lost when the process is killed.
const say = (word: Word, failure?: Failure) =>
  process.stdout.write(failure ? `${word} ${JSON.stringify(failure)}\n` : `${word}\n`);

// The parent has ended, so nobody would kill this process.
process.stdin.once('close', () => process.exit(1));

say('ready');
const lines = createInterface(process.stdin);
const [line] = await once(lines, 'line');
const { address, settings, act }: Job = JSON.parse(line);
const stopped = new AbortController();
lines.on('line', (word) => {
  if (word === STOP) stopped.abort(new Error('The operator has stopped it.'));
});
const open = await openFleet(address, settings);
say('begun');
try {
  await perform(open, act, stopped.signal);
  say('ended');
} catch (error) {
  say('failed', describe(error));
}
// Keeps the process alive until it is killed.
await new Promise(() => setInterval(() => {}, 60_000));

function describe(error: unknown): Failure {
  const { code, message, stack } = Object(error) as { code?: unknown; message?: unknown; stack?: unknown };
  const isStopped = error === stopped.signal.reason;
  return {
    code: isStopped ? 'stopped' : typeof code === 'string' ? code : undefined,
    message: String(message ?? error),
    stack: String(stack ?? ''),
  };
}
