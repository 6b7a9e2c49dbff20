import type { LifeControl, Step } from '@rowhouse/migrations/fleet';
import { commandActor } from '../../shell/actor.js';
import type { Io } from '../../shell/io.js';
import { print } from '../../shell/print.js';

const STEPS: Readonly<Record<Step, string>> = {
  reserve: 'reserving the slug',
  home: 'creating its home',
  migrations: 'running migrations',
  seed: 'seeding',
  rows: 'reading the rows in',
  activate: 'activating it',
  export: 'exporting its data',
  purge: 'removing its data',
};

/** The lifecycle options of a command: its actor, Ctrl-C as the signal, and a line on stderr for each step. */
export function controlOf({ signal, stderr }: Io): LifeControl {
  return {
    by: commandActor(),
    signal,
    onStep: (step, { slug }) => print(stderr, `${slug}: ${STEPS[step]}\n`),
  };
}
