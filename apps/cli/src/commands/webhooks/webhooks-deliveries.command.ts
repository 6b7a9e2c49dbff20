import { DELIVERY_STATUSES, type DeliveryStatus } from '@rowhouse/admin/services';
import { counted } from '@rowhouse/core/internal';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { deliveriesText } from './webhooks-text.js';
import { type WebhookCommandOptions, withWebhooks } from './with-webhooks.js';

interface DeliveriesOptions extends WebhookCommandOptions {
  readonly status?: DeliveryStatus;
  readonly limit: number;
}

const DELIVERIES_HELP = `
The JSON is {"deliveries": [...]}. Exit status: 0; 2 when there is no such webhook.

Examples:
  $ rowhouse webhooks deliveries 0190163d-8694-739b-aea5-966c26f8ad91 --status dead
`;

const TEST_HELP = `
The running application sends the message. Exit status: 0; 1 while the webhook is disabled; 2 when there is none.

Examples:
  $ rowhouse webhooks test 0190163d-8694-739b-aea5-966c26f8ad91
`;

const RESEND_HELP = `
Without a delivery, every dead message is sent again, by the running application. Exit status: 0; 1 when the delivery is
pending, or the webhook disabled; 2 when there is none.

Examples:
  $ rowhouse webhooks resend 0190163d-8694-739b-aea5-966c26f8ad91
  $ rowhouse webhooks resend 0190163d-8694-739b-aea5-966c26f8ad91 5f0c3f4e-1d1b-4a53-9d7a-0a6ad1fd7f6f
`;

/** The commands for what is sent to webhooks. */
export function addWebhookDeliveries(webhooks: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(webhooks.command('deliveries'))
    .description('lists what was sent to a webhook, or is to be, latest first')
    .argument('<webhook>', 'the id')
    .addOption(new Option('--status <status>', 'only those with this status').choices(DELIVERY_STATUSES))
    .option('--limit <n>', 'how many at most', count, 100)
    .addHelpText('after', DELIVERIES_HELP)
    .action(async (id, options) => done(await listDeliveries(id, options, io)));

  withTarget(webhooks.command('test'))
    .description('sends a message of the type webhook.test')
    .argument('<webhook>', 'the id')
    .addHelpText('after', TEST_HELP)
    .action(async (id, options) => done(await sendTest(id, options, io)));

  withTarget(webhooks.command('resend'))
    .description('sends messages again, under the same ids')
    .argument('<webhook>', 'the id')
    .argument('[delivery]', 'the id of one message')
    .addHelpText('after', RESEND_HELP)
    .action(async (id, delivery, options) => done(await resend(id, delivery, options, io)));
}

async function listDeliveries(id: string, options: DeliveriesOptions, io: Io): Promise<ExitCode> {
  const { status, limit } = options;
  const found = await withWebhooks(options, io, ({ deliveries }) => deliveries.list(id, { limit, status }));
  report(io, options, { deliveries: found }, deliveriesText(found));
  return EXIT.ok;
}

async function sendTest(id: string, options: WebhookCommandOptions, io: Io): Promise<ExitCode> {
  const delivery = await withWebhooks(options, io, ({ deliveries }) =>
    deliveries.test(id, { by: commandActor() }),
  );
  report(io, options, delivery, `The message ${delivery.id} is pending.`);
  return EXIT.ok;
}

async function resend(
  id: string,
  deliveryId: string | undefined,
  options: WebhookCommandOptions,
  io: Io,
): Promise<ExitCode> {
  const by = commandActor();
  const resent = await withWebhooks(options, io, async ({ deliveries }) =>
    deliveryId === undefined
      ? deliveries.resendDead(id, { by })
      : deliveries.resend(id, deliveryId, { by }).then(() => 1),
  );
  report(io, options, { resent }, `${counted(resent, 'message')} sent again.`);
  return EXIT.ok;
}
