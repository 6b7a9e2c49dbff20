import type { OnStep } from '@rowhouse/migrations/fleet';
import type { Output } from '../../io.js';

const STEP_TEXTS: Readonly<Record<Parameters<OnStep>[0], string>> = {
  reserve: 'reserving the slug',
  home: 'creating its home',
  migrations: 'running migrations',
  seed: 'seeding',
  activate: 'activating it',
  export: 'exporting its data',
  purge: 'removing its data',
};

/** Prints a line for each step of an operation on a tenant. */
export function printStepsTo(output: Output): OnStep {
  return (step, { slug }) => output.write(`${slug}: ${STEP_TEXTS[step]}\n`);
}
