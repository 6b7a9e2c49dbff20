import { Group, NativeSelect, Table, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { Share } from '../../parts/share.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { ToLoad } from './now-table.js';

const BY = [
  'databaseMs',
  'requests',
  'requestMs',
  'statements',
  'slowStatements',
  'failedStatements',
  'rows',
  'poolWaits',
  'poolWaitMs',
  'poolExhausted',
  'cacheHits',
  'cacheMisses',
  'responses4xx',
  'responses5xx',
  'aborted',
  'storageBytes',
  'files',
  'fileBytes',
] as const;
/** Those of now, over no time. */
const STORED: readonly string[] = ['storageBytes', 'files', 'fileBytes'];
const OVER = ['5m', '1h', '24h', '30d', 'ever'] as const;
const LIVE_MS = 10_000;

/** The tenants with the most of something. */
export function Top() {
  const { load: texts } = useTexts();
  const format = useFormat();
  const [params, setParams] = useSearchParams();
  const by = BY.find((each) => each === params.get('by')) ?? 'databaseMs';
  const over = OVER.find((each) => each === params.get('over')) ?? '1h';
  const set = (name: string, value: string) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        after.set(name, value);
        return after;
      },
      { replace: true },
    );
  const query = { by, over, limit: 20 };
  const top = useQuery({
    queryKey: ['metrics', 'top', query],
    queryFn: ({ signal }) => answer(api.GET('/metrics/top', { params: { query }, signal })),
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
  });
  const shown = (value: number) => {
    if (by.endsWith('Bytes')) return format.bytes(value);
    return by.endsWith('Ms') ? format.duration(value) : format.number(value);
  };
  return (
    <div>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {texts.top}
        </Title>
        <Group gap="xs">
          <NativeSelect
            aria-label={texts.by}
            value={by}
            onChange={({ currentTarget }) => set('by', currentTarget.value)}
            data={BY.map((value) => ({ value, label: texts.measures[value] }))}
          />
          {!STORED.includes(by) && (
            <NativeSelect
              aria-label={texts.over}
              value={over}
              onChange={({ currentTarget }) => set('over', currentTarget.value)}
              data={OVER.map((value) => ({ value, label: texts.times[value] }))}
            />
          )}
        </Group>
      </Group>
      <Loaded query={top}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{texts.nothing}</Text>
          ) : (
            <Table aria-label={texts.top} verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{texts.columns.tenant}</Table.Th>
                  <Table.Th className="number">{texts.measures[by]}</Table.Th>
                  <Table.Th>{texts.columns.share}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((item) => (
                  <Table.Tr key={item.tenantId}>
                    <Table.Td>
                      <ToLoad {...item} />
                    </Table.Td>
                    <Table.Td className="number">{shown(item.value)}</Table.Td>
                    <Table.Td>
                      <Share of={item.share} label={texts.shareOf(item.slug ?? item.tenantId)} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
    </div>
  );
}
