import {
  Anchor,
  Button,
  Group,
  Modal,
  NumberInput,
  Progress,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { PageTitle } from '../../parts/page-title.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { OperationsTable } from '../operations/operations.js';

export function Migrations() {
  const { migrations: texts } = useTexts();
  const mayRun = useMay('operator');
  return (
    <>
      <PageTitle title={texts.title}>{mayRun && <Start />}</PageTitle>
      <Stack gap="lg">
        <Versions />
        <div>
          <Title order={2} size="h4" mb="xs">
            {texts.runs}
          </Title>
          <OperationsTable kind="migrations.run" />
        </div>
      </Stack>
    </>
  );
}

/** How many tenants are at which version. */
function Versions() {
  const { migrations: texts } = useTexts();
  const format = useFormat();
  const counts = useQuery({ queryKey: ['tenants', 'counts'], queryFn: () => answer(api.GET('/fleet')) });
  return (
    <Loaded query={counts}>
      {({ byVersion, byHealth }) => {
        const total = byVersion.reduce((sum, { tenants }) => sum + tenants, 0);
        return (
          <Stack gap="xs">
            <Text size="sm">
              {(byHealth.behind ?? 0) > 0 ? (
                <Anchor component={Link} to="/tenants?health=behind" size="sm">
                  {texts.behind(format.number(byHealth.behind ?? 0))}
                </Anchor>
              ) : (
                texts.current
              )}
            </Text>
            <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
              <Table aria-label={texts.versions}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{texts.versions}</Table.Th>
                    <Table.Th w={120}>{texts.tenants}</Table.Th>
                    <Table.Th w={200}>{texts.share}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {byVersion.map(({ version, tenants }) => (
                    <Table.Tr key={version}>
                      <Table.Td className="code">{version ?? texts.noVersion}</Table.Td>
                      <Table.Td>
                        <Anchor
                          component={Link}
                          to={`/tenants?version=${encodeURIComponent(version ?? '')}`}
                          size="sm"
                        >
                          {format.number(tenants)}
                        </Anchor>
                      </Table.Td>
                      <Table.Td>
                        <Progress value={(tenants / total) * 100} aria-label={version ?? texts.noVersion} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Stack>
        );
      }}
    </Loaded>
  );
}

function Start() {
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
    [['operations'], ['tenants']],
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
