import type { Command } from 'commander';
import type { ExitCode, Io } from '../../shell/io.js';
import { addWebhookChanges } from './webhooks-change.command.js';
import { addWebhookDeliveries } from './webhooks-deliveries.command.js';

/** The commands for webhooks. */
export function addWebhooks(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const webhooks = program.command('webhooks').description('manages where events are sent to');
  addWebhookChanges(webhooks, io, done);
  addWebhookDeliveries(webhooks, io, done);
}
