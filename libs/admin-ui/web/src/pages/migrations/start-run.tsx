import { Button, Group, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../../api/client.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { useTexts } from '../../texts/texts.js';

/** Begins a run, with canary and waves. */
export function StartRun() {
  const { migrations: texts, parts } = useTexts();
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button onClick={open}>{texts.start}</Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={texts.start}
        closeButtonProps={{ 'aria-label': parts.close }}
      >
        <StartForm onCancel={close} />
      </Modal>
    </>
  );
}

const numberIn = (typed: number | string) => (typeof typed === 'number' ? typed : undefined);

function StartForm({ onCancel }: { onCancel: () => void }) {
  const { migrations: texts, parts } = useTexts();
  const go = useNavigate();
  const [canary, setCanary] = useState<number | string>('');
  const [wave, setWave] = useState<number | string>('');
  const [failures, setFailures] = useState<number | string>('');
  const start = useChange(
    () =>
      answer(
        api.POST('/migrations/runs', {
          body: {
            canary: numberIn(canary),
            wave: numberIn(wave),
            maxFailureRate: typeof failures === 'number' ? failures / 100 : undefined,
          },
        }),
      ),
    [['operations'], ['tenants'], ['migrations']],
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await start.mutateAsync().then(
      ({ id }) => go(`/operations/${id}`),
      () => {},
    );
  };
  const shared = { min: 0, max: 100, suffix: ' %', allowDecimal: false };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{texts.startHint}</Text>
        <NumberInput
          {...shared}
          label={texts.canary}
          description={texts.canaryHint}
          value={canary}
          onChange={setCanary}
          data-autofocus
        />
        <NumberInput
          {...shared}
          label={texts.wave}
          description={texts.waveHint}
          value={wave}
          onChange={setWave}
        />
        <NumberInput
          {...shared}
          label={texts.failures}
          description={texts.failuresHint}
          value={failures}
          onChange={setFailures}
        />
        <ProblemAlert error={start.error} />
        <Group justify="end">
          <Button variant="default" onClick={onCancel}>
            {parts.back}
          </Button>
          <Button type="submit" loading={start.isPending}>
            {texts.start}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
