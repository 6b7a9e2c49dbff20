import type { LifeControl, Step } from '@rowhouse/migrations/fleet';
import { commandActor } from '../../actor.js';
import type { Io } from '../../io.js';

const STEPS: Readonly<Record<Step, string>> = {
  reserve: 'reserving the slug',
  home: 'making its home',
  migrations: 'running migrations',
  seed: 'seeding',
  activate: 'putting it in service',
  export: 'exporting its data',
  purge: 'removing its data',
};

/** A command's change of a tenant: by whom, stopped by Ctrl-C, with a line for each step on stderr. */
export function controlOf({ signal, stderr }: Io): LifeControl {
  return {
    by: commandActor(),
    signal,
    onStep: (step, { slug }) => stderr.write(`${slug}: ${STEPS[step]}\n`),
  };
}
