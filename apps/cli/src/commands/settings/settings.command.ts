import type { Command } from 'commander';
import type { ExitCode, Io } from '../../shell/io.js';
import { addSettingsChanges } from './settings-change.command.js';
import { addSettingsFleet } from './settings-fleet.command.js';

/** The commands for the settings of tenants, which the config declares. */
export function addSettings(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const settings = program.command('settings').description('reads and changes the settings of tenants');
  for (const add of [addSettingsChanges, addSettingsFleet]) add(settings, io, done);
}
