import type { OnStep } from '@rowhouse/migrations/fleet';
import type { Output } from '../../io.js';

const SAID: Readonly<Record<Parameters<OnStep>[0], string>> = {
  reserve: 'reserving the slug',
  home: 'making its home',
  migrations: 'running migrations',
  seed: 'seeding',
  activate: 'putting it in service',
  export: 'exporting its data',
  purge: 'removing its data',
};

/** A line for each step of what is done to a tenant. */
export function stepsOn(output: Output): OnStep {
  return (step, { slug }) => output.write(`${slug}: ${SAID[step]}\n`);
}
