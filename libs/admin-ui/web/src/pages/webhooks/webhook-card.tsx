import { Alert, Button, Group, Modal, Paper, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Moment } from '../../parts/moment.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { StatusBadge } from '../../parts/status.js';
import { TenantLink } from '../../parts/tenant-link.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { Deliveries } from './deliveries.js';
import { EditWebhook } from './edit-webhook.js';
import { WEBHOOKS_CHANGED, type Webhook } from './webhook-fields.js';

/** A webhook, and what can be done with it. */
export function WebhookCard({ webhook }: { webhook: Webhook }) {
  const { webhooks: texts, parts } = useTexts();
  const mayChange = useMay('operator');
  const [isOpen, { open, close }] = useDisclosure();
  const [secret, setSecret] = useState<string>();
  const { id, url, description, events, tenantId, disabledAt, disabledBecause, previousSecretUntil } =
    webhook;
  return (
    <Paper withBorder p="md" component="section" aria-label={description}>
      <Stack gap="sm">
        <Group justify="space-between" align="start">
          <div>
            <Title order={2} size="h5">
              {description}
            </Title>
            <Text size="sm" ff="monospace" className="code">
              {url}
            </Text>
            <Text size="xs" c="dimmed" className="code">
              {events.length > 0 ? events.join(', ') : texts.allEvents}
              {' · '}
              {tenantId ? <TenantLink id={tenantId} /> : texts.allTenants}
            </Text>
          </div>
          <StatusBadge status={disabledAt ? 'paused' : 'active'} />
        </Group>
        {disabledBecause === 'gone' && (
          <Alert color="yellow" variant="outline" title={texts.gone}>
            {texts.goneHint}
          </Alert>
        )}
        {previousSecretUntil && Date.parse(previousSecretUntil) > Date.now() && (
          <Text size="xs" c="dimmed">
            {texts.twoSecrets} <Moment at={previousSecretUntil} />
          </Text>
        )}
        {secret && (
          <SecretOnce
            label={texts.secretOf(description)}
            value={secret}
            onDone={() => setSecret(undefined)}
          />
        )}
        <Group gap="xs">
          <Button variant="default" size="xs" onClick={open}>
            {texts.deliveries}
          </Button>
          {mayChange && <Actions webhook={webhook} onSecret={setSecret} onSent={open} />}
        </Group>
      </Stack>
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

interface ActionsProps {
  readonly webhook: Webhook;
  readonly onSecret: (secret: string) => void;
  /** A test is on its way. */
  readonly onSent: () => void;
}

function Actions({ webhook: { id, description, disabledAt }, onSecret, onSent }: ActionsProps) {
  const { webhooks: texts } = useTexts();
  const params = { path: { webhook: id } };
  const test = useChange(() => answer(api.POST('/webhooks/{webhook}/test', { params })), WEBHOOKS_CHANGED);
  const enable = useChange(
    (enabled: boolean) => answer(api.PATCH('/webhooks/{webhook}', { params, body: { enabled } })),
    WEBHOOKS_CHANGED,
  );
  const rotate = useChange(
    () =>
      answer(api.POST('/webhooks/{webhook}/rotate', { params, body: {} })).then(({ secret }) =>
        onSecret(secret),
      ),
    WEBHOOKS_CHANGED,
  );
  const remove = useChange(() => answer(api.DELETE('/webhooks/{webhook}', { params })), WEBHOOKS_CHANGED);
  const pause = { ...enable, mutateAsync: () => enable.mutateAsync(false) };
  const sendTest = () => test.mutateAsync().then(onSent, () => {});
  return (
    <>
      {disabledAt ? (
        <Button variant="default" size="xs" loading={enable.isPending} onClick={() => enable.mutate(true)}>
          {texts.enable}
        </Button>
      ) : (
        <>
          <Button variant="default" size="xs" loading={test.isPending} onClick={sendTest}>
            {texts.test}
          </Button>
          <ConfirmButton size="xs" label={texts.pause} target={description} change={pause}>
            {texts.pauseHint}
          </ConfirmButton>
        </>
      )}
      <EditWebhook id={id} description={description} />
      <ConfirmButton size="xs" label={texts.rotate} target={description} change={rotate}>
        {texts.rotateHint}
      </ConfirmButton>
      <ConfirmButton size="xs" isDangerous label={texts.remove} target={description} change={remove}>
        {texts.removeHint}
      </ConfirmButton>
      <ProblemAlert error={test.error ?? enable.error} />
    </>
  );
}
