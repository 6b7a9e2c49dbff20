import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { useChange } from '../../parts/use-change.js';
import { useTexts } from '../../texts/texts.js';
import { WEBHOOKS_CHANGED, WebhookFields, type WebhookInput } from './webhook-fields.js';

/** Makes a webhook, and shows its secret, once. */
export function NewWebhook() {
  const { webhooks: texts, parts } = useTexts();
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button onClick={open}>{texts.create}</Button>
      <Modal
        opened={isOpen}
        onClose={close}
        size="lg"
        title={texts.create}
        // A click beside it would lose the secret.
        closeOnClickOutside={false}
        closeButtonProps={{ 'aria-label': parts.close }}
      >
        <NewWebhookForm onDone={close} />
      </Modal>
    </>
  );
}

const EMPTY: WebhookInput = { url: '', description: '', events: [] };

function NewWebhookForm({ onDone }: { onDone: () => void }) {
  const { webhooks: texts, parts } = useTexts();
  const [input, setInput] = useState(EMPTY);
  const [tenant, setTenant] = useState('');
  const [secret, setSecret] = useState<string>();
  const create = useChange(
    () => answer(api.POST('/webhooks', { body: { ...input, tenant: tenant.trim() || undefined } })),
    WEBHOOKS_CHANGED,
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await create.mutateAsync().then(
      (made) => setSecret(made.secret),
      () => {},
    );
  };
  if (secret) return <SecretOnce label={texts.secretOf(input.description)} value={secret} onDone={onDone} />;
  return (
    <form onSubmit={submit}>
      <Stack>
        <WebhookFields value={input} onChange={setInput} />
        <TextInput
          label={texts.tenant}
          description={texts.tenantHint}
          value={tenant}
          onChange={({ currentTarget }) => setTenant(currentTarget.value)}
        />
        <ProblemAlert error={create.error} />
        <Group justify="end">
          <Button variant="default" onClick={onDone}>
            {parts.back}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {texts.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
