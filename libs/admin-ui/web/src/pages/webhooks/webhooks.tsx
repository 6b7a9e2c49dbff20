import { Alert, Button, Stack, Text } from '@mantine/core';
import { answer, api } from '../../api/client.js';
import { isMissing } from '../../api/problem.js';
import { usePages } from '../../parts/listing.js';
import { Loaded } from '../../parts/loaded.js';
import { PageTitle } from '../../parts/page-title.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { NewWebhook } from './new-webhook.js';
import { WebhookCard } from './webhook-card.js';
import type { Webhook } from './webhook-fields.js';

export function Webhooks() {
  const { webhooks: texts, parts } = useTexts();
  const mayChange = useMay('operator');
  const pages = usePages<Webhook>(['webhooks', 'list'], (cursor, signal) =>
    answer(api.GET('/webhooks', { params: { query: { cursor } }, signal })),
  );
  return (
    <>
      <PageTitle title={texts.title}>{mayChange && pages.data && <NewWebhook />}</PageTitle>
      {isMissing(pages.error) ? (
        <Alert color="gray" variant="outline" title={texts.undeclared} />
      ) : (
        <Loaded query={pages}>
          {({ pages: loaded }) => (
            <Stack>
              {loaded.every(({ items }) => items.length === 0) && <Text c="dimmed">{texts.none}</Text>}
              {loaded.flatMap(({ items }) =>
                items.map((webhook) => <WebhookCard key={webhook.id} webhook={webhook} />),
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
