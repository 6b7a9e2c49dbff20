import { Button, Group, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Tagged, tagged } from '../../api/client.js';
import { isConflict } from '../../api/problem.js';
import { Conflict } from '../../parts/conflict.js';
import { Loaded } from '../../parts/loaded.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { useTexts } from '../../texts/texts.js';
import { inputOf, WEBHOOKS_CHANGED, type Webhook, WebhookFields } from './webhook-fields.js';

export function EditWebhook({ id, description }: { id: string; description: string }) {
  const { webhooks: texts, parts } = useTexts();
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" size="xs" onClick={open}>
        {texts.edit}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        size="lg"
        title={`${texts.edit}: ${description}`}
        closeButtonProps={{ 'aria-label': parts.close }}
      >
        <Edit id={id} onDone={close} />
      </Modal>
    </>
  );
}

function useWebhook(id: string) {
  return useQuery({
    queryKey: ['webhooks', id],
    queryFn: () => tagged(api.GET('/webhooks/{webhook}', { params: { path: { webhook: id } } })),
    // What is edited is read when the form opens.
    gcTime: 0,
  });
}

function Edit({ id, onDone }: { id: string; onDone: () => void }) {
  return <Loaded query={useWebhook(id)}>{(read) => <EditForm read={read} onDone={onDone} />}</Loaded>;
}

/** Changes what was read when it was opened: not what others have made of it since. */
function EditForm({ read, onDone }: { read: Tagged<Webhook>; onDone: () => void }) {
  const { parts } = useTexts();
  const { id } = read.data;
  const [base, setBase] = useState(read.etag);
  const [input, setInput] = useState(() => inputOf(read.data));
  const { data: latest, refetch } = useWebhook(id);
  const change = useChange(
    (ifMatch: string) =>
      tagged(
        api.PATCH('/webhooks/{webhook}', {
          params: { path: { webhook: id }, header: { 'If-Match': ifMatch } },
          body: input,
        }),
      ),
    WEBHOOKS_CHANGED,
  );
  const send = (ifMatch: string) => change.mutateAsync(ifMatch).then(onDone, () => refetch());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(base);
  };
  const takeTheirs = () => {
    if (!latest) return;
    setInput(inputOf(latest.data));
    setBase(latest.etag);
    change.reset();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <WebhookFields value={input} onChange={setInput} />
        {isConflict(change.error) && latest ? (
          <Conflict
            theirs={`${latest.data.description}, ${latest.data.url}, ${latest.data.events.join(', ')}`}
            takeTheirs={takeTheirs}
            keepMine={() => void send(latest.etag)}
          />
        ) : (
          <ProblemAlert error={change.error} />
        )}
        <Group justify="end">
          <Button variant="default" onClick={onDone}>
            {parts.back}
          </Button>
          <Button type="submit" loading={change.isPending}>
            {parts.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
