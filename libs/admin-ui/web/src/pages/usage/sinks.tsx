import { Group, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Loaded } from '../../parts/loaded.js';
import { Moment } from '../../parts/moment.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';

const LIVE_MS = 5_000;

/** How far the records have been sent to who bills. */
export function Sinks() {
  const { usage: texts } = useTexts();
  const format = useFormat();
  const mayRetry = useMay('operator');
  const sinks = useQuery({
    queryKey: ['usage', 'sinks'],
    queryFn: () => answer(api.GET('/usage/sinks')),
    refetchInterval: LIVE_MS,
  });
  const retry = useChange(() => answer(api.POST('/usage/sinks/retry')), [['usage', 'sinks']]);
  const failing = sinks.data?.items.filter(({ failure }) => failure !== null) ?? [];
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {texts.delivery}
        </Title>
        {mayRetry && failing.length > 0 && (
          <ConfirmButton
            size="xs"
            label={texts.retry}
            target={failing.map(({ name }) => name).join(', ')}
            change={retry}
          >
            {texts.retryHint}
          </ConfirmButton>
        )}
      </Group>
      <Loaded query={sinks}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm" c="dimmed">
              {texts.noSinks}
            </Text>
          ) : (
            <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
              <Table aria-label={texts.delivery}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{texts.columns.sink}</Table.Th>
                    <Table.Th>{texts.columns.pending}</Table.Th>
                    <Table.Th>{texts.columns.attempted}</Table.Th>
                    <Table.Th>{texts.columns.next}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map(({ name, pending, attemptedAt, nextAttemptAt, failedAttempts, failure }) => (
                    <Table.Tr key={name}>
                      <Table.Td className="code">{name}</Table.Td>
                      <Table.Td>{format.number(pending)}</Table.Td>
                      <Table.Td>
                        {attemptedAt && <StatusBadge status={failure === null ? 'delivered' : 'failed'} />}{' '}
                        <Moment at={attemptedAt} />
                        {failure !== null && (
                          <Text size="xs" c="red" className="code">
                            {failure}
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td>
                        <Moment at={nextAttemptAt} />
                        {failedAttempts > 0 && (
                          <Text size="xs" c="dimmed">
                            {texts.failedAttempts(failedAttempts)}
                          </Text>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
    </Stack>
  );
}
