import { Alert, Button, Group, Modal, Paper, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { AdminSchemas } from '@rowhouse/client';
import { answer, api } from '../../api/client.js';
import { isMissing } from '../../api/problem.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Loaded } from '../../parts/loaded.js';
import { Moment } from '../../parts/moment.js';
import { PageTitle } from '../../parts/page-title.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';

type Webhook = AdminSchemas['schemas']['Webhook'];
type Delivery = AdminSchemas['schemas']['WebhookDelivery'];

const LIVE_MS = 5_000;

export function Webhooks() {
  const { webhooks: texts, parts } = useTexts();
  const pages = usePages<Webhook>(['webhooks'], (cursor, signal) =>
    answer(api.GET('/webhooks', { params: { query: { cursor } }, signal })),
  );
  return (
    <>
      <PageTitle title={texts.title} />
      {isMissing(pages.error) ? (
        <Alert color="gray" variant="outline" title={texts.undeclared} />
      ) : (
        <Loaded query={pages}>
          {({ pages: loaded }) => (
            <Stack>
              {loaded.every(({ items }) => items.length === 0) && <Text c="dimmed">{texts.none}</Text>}
              {loaded.flatMap(({ items }) =>
                items.map((webhook) => <OneWebhook key={webhook.id} webhook={webhook} />),
              )}
              {pages.hasNextPage && (
                <Button variant="default" onClick={() => pages.fetchNextPage()}>
                  {parts.more}
                </Button>
              )}
            </Stack>
          )}
        </Loaded>
      )}
    </>
  );
}

function OneWebhook({ webhook }: { webhook: Webhook }) {
  const { webhooks: texts, parts } = useTexts();
  const [isOpen, { open, close }] = useDisclosure();
  const { id, url, description, events, disabledAt } = webhook;
  return (
    <Paper withBorder p="md">
      <Group justify="space-between">
        <div>
          <Text fw={600}>{description}</Text>
          <Text size="sm" ff="monospace" className="code">
            {url}
          </Text>
          <Text size="xs" c="dimmed">
            {events.length > 0 ? events.join(', ') : texts.allEvents}
          </Text>
        </div>
        <Group>
          <StatusBadge status={disabledAt ? 'disabled' : 'active'} />
          <Button variant="default" size="xs" onClick={open}>
            {texts.deliveries}
          </Button>
        </Group>
      </Group>
      <Modal
        opened={isOpen}
        onClose={close}
        size="xl"
        title={`${texts.deliveries}: ${description}`}
        closeButtonProps={{ 'aria-label': parts.close }}
      >
        <Deliveries webhook={id} />
      </Modal>
    </Paper>
  );
}

function Deliveries({ webhook }: { webhook: string }) {
  const { webhooks: texts } = useTexts();
  const maySend = useMay('operator');
  const pages = usePages<Delivery>(
    ['webhooks', webhook, 'deliveries'],
    (cursor, signal) =>
      answer(
        api.GET('/webhooks/{webhook}/deliveries', {
          params: { path: { webhook }, query: { cursor } },
          signal,
        }),
      ),
    { refetchInterval: LIVE_MS },
  );
  return (
    <Listing
      label={texts.deliveries}
      pages={pages}
      keyOf={({ id }) => id}
      columns={[
        { header: texts.columns.type, cell: ({ type }) => type },
        { header: texts.columns.status, cell: ({ status }) => <StatusBadge status={status} /> },
        {
          header: texts.columns.answer,
          cell: ({ responseStatus, failure, attempts }) => (
            <Text size="sm">
              {responseStatus ?? failure ?? '–'} ({texts.attempts(attempts)})
            </Text>
          ),
        },
        { header: texts.columns.created, cell: ({ createdAt }) => <Moment at={createdAt} /> },
        ...(maySend
          ? [
              {
                header: texts.columns.actions,
                cell: (delivery: Delivery) =>
                  delivery.status !== 'pending' && <SendAgain webhook={webhook} delivery={delivery.id} />,
              },
            ]
          : []),
      ]}
    />
  );
}

function SendAgain({ webhook, delivery }: { webhook: string; delivery: string }) {
  const { webhooks: texts } = useTexts();
  const send = useChange(
    () =>
      answer(
        api.POST('/webhooks/{webhook}/deliveries/{delivery}/resend', {
          params: { path: { webhook, delivery } },
        }),
      ),
    [['webhooks', webhook]],
  );
  return (
    <>
      <Button variant="default" size="xs" loading={send.isPending} onClick={() => send.mutate()}>
        {texts.sendAgain}
      </Button>
      <ProblemAlert error={send.error} />
    </>
  );
}
