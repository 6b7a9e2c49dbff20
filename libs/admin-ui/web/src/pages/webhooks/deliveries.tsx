import { Button, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { answer, api } from '../../api/client.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';

type Delivery = AdminSchemas['schemas']['WebhookDelivery'];

const LIVE_MS = 5_000;

/** What was sent to a webhook, or is to be. */
export function Deliveries({ webhook }: { webhook: string }) {
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
