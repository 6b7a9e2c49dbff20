import { Alert, Anchor, Stack, Table, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';

type Counts = AdminSchemas['schemas']['JobCounts']['items'][number];

const SHOWN = ['waiting', 'running', 'failed', 'cancelled', 'completed'] as const;
const LIVE_MS = 5_000;

/** How many jobs of each name are in each state; of one tenant, or of all. */
export function JobCounts({ tenant }: { tenant: string | undefined }) {
  const { jobs: texts, statuses } = useTexts();
  const format = useFormat();
  const counts = useQuery({
    queryKey: ['jobs', 'counts', tenant],
    queryFn: ({ signal }) => answer(api.GET('/jobs/counts', { params: { query: { tenant } }, signal })),
    refetchInterval: LIVE_MS,
  });
  return (
    <Loaded query={counts}>
      {({ items, unhandled }) => (
        <Stack gap="sm">
          {unhandled.map(({ name, waiting }) => (
            <Alert
              key={name}
              color="yellow"
              variant="outline"
              title={texts.unhandled(name, format.number(waiting))}
            >
              {texts.unhandledHint}
            </Alert>
          ))}
          {items.length === 0 ? (
            <Text c="dimmed">{texts.none}</Text>
          ) : (
            <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
              <Table aria-label={texts.counts}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{texts.columns.name}</Table.Th>
                    {SHOWN.map((state) => (
                      <Table.Th key={state} className="number">
                        {statuses[state]}
                      </Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((counted) => (
                    <Table.Tr key={counted.name}>
                      <Table.Td>{counted.name}</Table.Td>
                      {SHOWN.map((state) => (
                        <Table.Td key={state} className="number">
                          <Count counted={counted} state={state} tenant={tenant} />
                        </Table.Td>
                      ))}
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

interface CountProps {
  readonly counted: Counts;
  readonly state: (typeof SHOWN)[number];
  readonly tenant: string | undefined;
}

/** Leads to those jobs. */
function Count({ counted, state, tenant }: CountProps) {
  const { jobs: texts } = useTexts();
  const format = useFormat();
  const count = counted[state];
  if (count === 0)
    return (
      <Text size="sm" c="dimmed">
        0
      </Text>
    );
  const query = new URLSearchParams({ ...(tenant && { tenant }), name: counted.name, state });
  return (
    <>
      <Anchor component={Link} to={`/jobs?${query}`} size="sm" c={state === 'failed' ? 'red' : undefined}>
        {format.number(count)}
      </Anchor>
      {state === 'waiting' && counted.held > 0 && (
        <Text size="xs" c="dimmed">
          {texts.heldOf(format.number(counted.held))}
        </Text>
      )}
    </>
  );
}
