import type { NewWebhook, Webhook } from '@rowhouse/admin/services';
import { counted } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { countOrZero, list } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { report, table } from '../../shell/report.js';
import { secretText, webhooksText, webhookText } from './webhooks-text.js';
import { type WebhookCommandOptions, withWebhooks } from './with-webhooks.js';

interface ListOptions extends WebhookCommandOptions {
  readonly tenant?: string;
}

interface CreateOptions extends WebhookCommandOptions {
  readonly endpoint: string;
  readonly description: string;
  readonly tenant?: string;
  readonly events?: string[];
}

interface RotateOptions extends WebhookCommandOptions {
  /** Hours. */
  readonly overlap?: number;
}

const LIST_HELP = `
The JSON is {"webhooks": [...]}, without secrets. Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse webhooks list
  $ rowhouse webhooks list --tenant acme --json
`;

const CREATE_HELP = `
Prints the secret, this once. It is encrypted by \`webhooks.keys\` of rowhouse.config.ts, which must be those of the
application. Exit status: 0; 1 without keys; 2 when the URL is not allowed, or there is no such tenant.

Examples:
  $ rowhouse webhooks create --endpoint https://example.com/hooks --description billing
  $ rowhouse webhooks create --endpoint https://acme.com/hooks --description acme --tenant acme \\
      --events tenant.suspended,tenant.activated
`;

const ROTATE_HELP = `
Prints the new secret, this once. For the overlap, messages are signed by the old one as well. Exit status: 0; 1 without
keys; 2 when there is no such webhook.

Examples:
  $ rowhouse webhooks rotate 0190163d-8694-739b-aea5-966c26f8ad91 --overlap 72
`;

const ENABLE_HELP = `
It goes on with what is pending. Exit status: 0; 2 when there is no such webhook.

Examples:
  $ rowhouse webhooks enable 0190163d-8694-739b-aea5-966c26f8ad91
`;

const DISABLE_HELP = `
It hears of nothing, and what is pending waits. Exit status: 0; 2 when there is no such webhook.

Examples:
  $ rowhouse webhooks disable 0190163d-8694-739b-aea5-966c26f8ad91
`;

const REMOVE_HELP = `
What is pending is not sent. Exit status: 0; 2 when there is no such webhook.

Examples:
  $ rowhouse webhooks remove 0190163d-8694-739b-aea5-966c26f8ad91
`;

const ROTATE_KEYS_HELP = `
Run it when \`webhooks.keys\` of rowhouse.config.ts has a new first key, before the old one is taken away. Exit status: 0;
1 when a secret cannot be decrypted, or there are no keys.

Examples:
  $ rowhouse webhooks rotate-keys
`;

/** The commands for the webhooks themselves. */
export function addWebhookChanges(webhooks: Command, io: Io, done: (code: ExitCode) => void): void {
  const add = (
    name: string,
    description: string,
    help: string,
    action: (id: string, options: RotateOptions, io: Io) => Promise<ExitCode>,
  ) =>
    withTarget(webhooks.command(name))
      .description(description)
      .argument('<webhook>', 'the id')
      .addHelpText('after', help)
      .action(async (id, options) => done(await action(id, options, io)));

  withTarget(webhooks.command('list'))
    .description('lists webhooks, latest first')
    .option('--tenant <tenant>', 'only those of this tenant: slug or id')
    .addHelpText('after', LIST_HELP)
    .action(async (options) => done(await listWebhooks(options, io)));

  withTarget(webhooks.command('create'))
    .description('makes a webhook and shows its secret once')
    .requiredOption('--endpoint <url>', 'where events are sent to')
    .requiredOption('--description <text>', 'what it is for')
    .option('--tenant <tenant>', 'slug or id: it hears of this tenant only (default: of all)')
    .option('--events <types>', 'such as tenant.created; separate with commas (default: all)', list)
    .addHelpText('after', CREATE_HELP)
    .action(async (options) => done(await createWebhook(options, io)));

  add('rotate', 'makes a new secret', ROTATE_HELP, rotateSecret).option(
    '--overlap <hours>',
    'how long the old secret signs as well, up to 720 (default: 24)',
    countOrZero,
  );
  add('enable', 'sends events again', ENABLE_HELP, (id, options) => setEnabled(id, true, options, io));
  add('disable', 'sends no events', DISABLE_HELP, (id, options) => setEnabled(id, false, options, io));
  add('remove', 'removes a webhook with its deliveries', REMOVE_HELP, removeWebhook);

  withTarget(webhooks.command('rotate-keys'))
    .description('encrypts secrets by the current key')
    .addHelpText('after', ROTATE_KEYS_HELP)
    .action(async (options) => done(await rotateKeys(options, io)));
}

const PAGE = 500;

async function listWebhooks(options: ListOptions, io: Io): Promise<ExitCode> {
  const webhooks = await withWebhooks(options, io, async (open) => {
    const found: Webhook[] = [];
    for (;;) {
      const last = found.at(-1);
      const after = last && ([last.createdAt.toISOString(), last.id] as const);
      const page = await open.webhooks.list({ limit: PAGE, after, tenant: options.tenant });
      found.push(...page);
      if (page.length < PAGE) return found;
    }
  });
  report(io, options, { webhooks }, webhooksText(webhooks));
  return EXIT.ok;
}

async function createWebhook(options: CreateOptions, io: Io): Promise<ExitCode> {
  const { endpoint: url, description, tenant, events } = options;
  const created = await withWebhooks(options, io, ({ webhooks }) =>
    // Types that there are not are refused there.
    webhooks.create(
      { url, description, tenant, events: events as NewWebhook['events'] },
      { by: commandActor() },
    ),
  );
  report(io, options, created, secretText(created));
  return EXIT.ok;
}

async function rotateSecret(id: string, options: RotateOptions, io: Io): Promise<ExitCode> {
  const { overlap: overlapHours } = options;
  const rotated = await withWebhooks(options, io, ({ webhooks }) =>
    webhooks.rotate(id, { overlapHours }, { by: commandActor() }),
  );
  report(io, options, rotated, secretText(rotated));
  return EXIT.ok;
}

async function setEnabled(
  id: string,
  enabled: boolean,
  options: WebhookCommandOptions,
  io: Io,
): Promise<ExitCode> {
  const webhook = await withWebhooks(options, io, ({ webhooks }) =>
    webhooks.update(id, { enabled }, { by: commandActor() }),
  );
  report(io, options, webhook, webhookText(webhook));
  return EXIT.ok;
}

async function removeWebhook(id: string, options: WebhookCommandOptions, io: Io): Promise<ExitCode> {
  const removed = await withWebhooks(options, io, ({ webhooks }) =>
    webhooks.remove(id, { by: commandActor() }),
  );
  report(io, options, removed, `The webhook ${removed.id} (${onOneLine(removed.description)}) was removed.`);
  return EXIT.ok;
}

async function rotateKeys(options: WebhookCommandOptions, io: Io): Promise<ExitCode> {
  const result = await withWebhooks(options, io, ({ webhooks }) => webhooks.reencrypt());
  const { reencrypted, current, failed } = result;
  const summary = `${counted(reencrypted, 'secret')} encrypted anew by "${current}".`;
  const rows = failed.map(({ webhookId, keyId, error }) => [webhookId, keyId, error]);
  const text = rows.length > 0 ? `${summary}\n\n${table(['WEBHOOK', 'KEY', 'ERROR'], rows)}` : summary;
  report(io, options, result, text);
  return failed.length === 0 ? EXIT.ok : EXIT.failed;
}
