import { Alert, Badge, Group, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Loaded } from '../../parts/loaded.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import type { UsageMonth } from './use-months.js';

/** Whether a month is still added to. */
export function MonthState({ month }: { month: UsageMonth }) {
  return (
    <Paper withBorder p="md">
      {month.isClosed ? <Closed month={month.month} /> : <Open month={month} />}
    </Paper>
  );
}

function Closed({ month }: { month: string }) {
  const { usage: texts } = useTexts();
  const format = useFormat();
  const close = useQuery({
    queryKey: ['usage', 'closes', month],
    queryFn: () => answer(api.GET('/usage/closes/{month}', { params: { path: { month } } })),
  });
  return (
    <Loaded query={close}>
      {({ closedAt, closedBy, totals, hash, isIntact }) => (
        <Stack gap="xs">
          <Group gap="sm">
            <Badge variant="dot" color={isIntact ? 'green' : 'red'} tt="none" fw={500} miw="max-content">
              {texts.closed}
            </Badge>
            <Text size="sm">
              {texts.closedAt(format.time(closedAt), closedBy?.id)} {texts.totals(format.number(totals))}
            </Text>
          </Group>
          {!isIntact && <Alert color="red" variant="outline" role="alert" title={texts.notIntact} />}
          <Text size="xs" c="dimmed" className="code">
            {isIntact && texts.intact} SHA-256 {hash}
          </Text>
        </Stack>
      )}
    </Loaded>
  );
}

function Open({ month: { month, closableFrom } }: { month: UsageMonth }) {
  const { usage: texts } = useTexts();
  const format = useFormat();
  const mayClose = useMay('operator');
  const close = useChange(
    () => answer(api.POST('/usage/closes', { body: { month } })),
    [['usage'], ['audit']],
  );
  const isOver = Date.parse(closableFrom) <= Date.now();
  return (
    <Group justify="space-between">
      <Group gap="sm">
        <Badge variant="dot" color="blue" tt="none" fw={500} miw="max-content">
          {texts.open}
        </Badge>
        <Text size="sm">{isOver ? texts.closable : texts.closableFrom(format.time(closableFrom))}</Text>
      </Group>
      {mayClose && isOver && (
        <ConfirmButton
          key={month}
          size="xs"
          label={texts.close}
          target={format.month(month)}
          change={close}
          typed={month}
          isDangerous
        >
          {texts.closeHint}
        </ConfirmButton>
      )}
    </Group>
  );
}
