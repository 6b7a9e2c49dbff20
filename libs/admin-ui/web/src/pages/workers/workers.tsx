import { Anchor, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Loaded } from '../../parts/loaded.js';
import { PageTitle } from '../../parts/page-title.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { Begun, useStart } from '../operations/begun.js';
import { useWorkers, WORKERS_CHANGED, type Worker } from './use-workers.js';

/** The servers of Citus, what they hold, and the moves that would even them out. */
export function Workers() {
  const { workers: texts } = useTexts();
  const query = useWorkers();
  return (
    <>
      <PageTitle title={texts.title} />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{texts.none}</Text>
          ) : (
            <Stack gap="xl">
              <Begun touched={WORKERS_CHANGED} />
              <WorkersTable workers={items} />
              <Plan />
            </Stack>
          )
        }
      </Loaded>
    </>
  );
}

function WorkersTable({ workers }: { workers: readonly Worker[] }) {
  const { workers: texts } = useTexts();
  const format = useFormat();
  const largest = Math.max(...workers.map(({ sizeBytes }) => sizeBytes), 1);
  return (
    <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table verticalSpacing="sm" aria-label={texts.title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.columns.worker}</Table.Th>
            <Table.Th className="number">{texts.columns.tenants}</Table.Th>
            <Table.Th className="number">{texts.columns.size}</Table.Th>
            <Table.Th w="35%" aria-hidden />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {workers.map(({ name, tenants, sizeBytes }) => (
            <Table.Tr key={name}>
              <Table.Td className="code">{name}</Table.Td>
              <Table.Td className="number">{format.number(tenants)}</Table.Td>
              <Table.Td className="number">{format.bytes(sizeBytes)}</Table.Td>
              <Table.Td aria-hidden>
                <Progress value={(sizeBytes / largest) * 100} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Plan() {
  const { workers: texts } = useTexts();
  const format = useFormat();
  const mayChange = useMay('operator');
  const plan = useQuery({
    queryKey: ['workers', 'plan'],
    queryFn: ({ signal }) => answer(api.GET('/workers/plan', { signal })),
  });
  const rebalance = useStart(() => answer(api.POST('/workers/rebalance')));
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {texts.plan}
      </Title>
      <Loaded query={plan}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{texts.even}</Text>
          ) : (
            <Stack gap="sm" align="flex-start">
              <Table.ScrollContainer
                minWidth={480}
                w="100%"
                scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
              >
                <Table aria-label={texts.plan}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{texts.columns.tenant}</Table.Th>
                      <Table.Th>{texts.columns.from}</Table.Th>
                      <Table.Th>{texts.columns.to}</Table.Th>
                      <Table.Th className="number">{texts.columns.size}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map(({ slug, from, to, sizeBytes }) => (
                      <Table.Tr key={slug}>
                        <Table.Td>
                          <Anchor component={Link} to={`/tenants/${slug}`} size="sm">
                            {slug}
                          </Anchor>
                        </Table.Td>
                        <Table.Td className="code">{from}</Table.Td>
                        <Table.Td className="code">{to}</Table.Td>
                        <Table.Td className="number">{format.bytes(sizeBytes)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              {mayChange && (
                <ConfirmButton
                  label={texts.rebalance}
                  target={texts.moves(format.number(items.length))}
                  change={rebalance}
                >
                  {texts.rebalanceHint}
                </ConfirmButton>
              )}
            </Stack>
          )
        }
      </Loaded>
    </Stack>
  );
}
