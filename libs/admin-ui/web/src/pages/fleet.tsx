import { Alert, Anchor, Group, Paper, SimpleGrid, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../api/client.js';
import { Loaded } from '../parts/loaded.js';
import { FIGURES_PX, MetricFigures } from '../parts/metric-figures.js';
import { ChartsToCome, MetricsCharts } from '../parts/metrics-charts.js';
import { PageTitle } from '../parts/page-title.js';
import { StatusBadge } from '../parts/status.js';
import { useTexts } from '../texts/texts.js';
import { useFormat } from '../texts/use-format.js';
import { HEALTHS, STATUSES } from './tenants/tenant-filters.js';

const LIVE_MS = 10_000;
/** Failed tenants: of more than these there is only their number. */
const MOST_NAMED = 5;
const live = { refetchInterval: LIVE_MS };

export function Fleet() {
  const { fleet: texts } = useTexts();
  const metrics = useQuery({
    queryKey: ['metrics', 'fleet'],
    queryFn: () => answer(api.GET('/metrics/global')),
    ...live,
  });
  const series = useQuery({
    queryKey: ['metrics', 'fleet', 'series'],
    queryFn: () => answer(api.GET('/metrics/global/series', { params: { query: { resolution: 'minute' } } })),
    ...live,
  });
  const counts = useCounts();
  const failed = useFailedOperations();
  const named = useFailedTenants(counts.data?.byHealth.failed ?? 0);
  // Nothing is shown that would be pushed down by what needs a hand.
  if (counts.isPending || failed.isPending || named.isLoading)
    return (
      <>
        <PageTitle title={texts.title} />
        <Skeleton height={400} aria-busy />
      </>
    );
  return (
    <>
      <PageTitle title={texts.title} />
      <Stack gap="lg">
        <NeedsAHand />
        <Loaded query={metrics} waiting={<Skeleton height={FIGURES_PX} />}>
          {(data) => <MetricFigures metrics={data} />}
        </Loaded>
        <Loaded query={series} waiting={<ChartsToCome />}>
          {({ items }) => <MetricsCharts series={items} />}
        </Loaded>
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Counts />
          <Top />
        </SimpleGrid>
      </Stack>
    </>
  );
}

function useCounts() {
  return useQuery({ queryKey: ['tenants', 'counts'], queryFn: () => answer(api.GET('/fleet')), ...live });
}

function useFailedOperations() {
  return useQuery({
    queryKey: ['operations', 'failed'],
    queryFn: () => answer(api.GET('/operations', { params: { query: { state: 'failed', limit: 5 } } })),
    ...live,
  });
}

/** By their slugs, where they are few. */
function useFailedTenants(count: number) {
  return useQuery({
    queryKey: ['tenants', 'failed'],
    queryFn: () =>
      answer(api.GET('/tenants', { params: { query: { health: 'failed', limit: MOST_NAMED } } })),
    enabled: count > 0 && count <= MOST_NAMED,
    ...live,
  });
}

/** What cannot be left as it is, before everything else. */
function NeedsAHand() {
  const { fleet: texts } = useTexts();
  const format = useFormat();
  const counts = useCounts();
  const failed = useFailedOperations();
  const { failed: ill = 0, behind = 0 } = counts.data?.byHealth ?? {};
  const named = useFailedTenants(ill);
  const failedTenants = ill > 0 ? (named.data?.items ?? []) : [];
  /** What failed for a tenant that is named says the same again. */
  const isElsewhere = ({ tenantId }: { tenantId: string | null }) =>
    !failedTenants.some(({ id }) => id === tenantId);
  const items = [
    ...(ill > 0 && failedTenants.length === 0
      ? [{ to: '/tenants?health=failed', text: texts.failedTenants(format.number(ill)) }]
      : []),
    ...failedTenants.map(({ slug, unfinished }) => ({
      to: `/tenants/${encodeURIComponent(slug)}`,
      text: texts.failedTenant(slug, unfinished?.error ?? ''),
    })),
    ...(behind > 0
      ? [{ to: '/tenants?health=behind', text: texts.behindTenants(format.number(behind)) }]
      : []),
    ...(failed.data?.items ?? []).filter(isElsewhere).map(({ id, kind, error }) => ({
      to: `/operations/${id}`,
      text: texts.failedOperation(kind, error ?? ''),
    })),
  ];
  if (!counts.data || !failed.data) return null;
  if (items.length === 0) return <Alert color="green" title={texts.allWell} />;
  return (
    <Alert color={ill > 0 ? 'red' : 'yellow'} variant="outline" title={texts.needsAHand}>
      <Stack gap={6}>
        {items.map(({ to, text }) => (
          <Anchor key={to} component={Link} to={to} size="sm" lineClamp={2}>
            {text}
          </Anchor>
        ))}
      </Stack>
    </Alert>
  );
}

function Counts() {
  const { fleet: texts } = useTexts();
  const format = useFormat();
  const counts = useCounts();
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="sm">
        {texts.tenants}
      </Title>
      <Loaded query={counts}>
        {({ tenants, byStatus, byHealth }) => (
          <Stack gap="xs">
            <Group justify="space-between">
              <Text size="sm">{texts.all}</Text>
              <Anchor component={Link} to="/tenants" size="sm" fw={600}>
                {format.number(tenants)}
              </Anchor>
            </Group>
            {STATUSES.filter((status) => (byStatus[status] ?? 0) > 0).map((status) => (
              <Group key={status} justify="space-between">
                <StatusBadge status={status} />
                <Anchor component={Link} to={`/tenants?status=${status}`} size="sm">
                  {format.number(byStatus[status] ?? 0)}
                </Anchor>
              </Group>
            ))}
            <Text size="sm" c="dimmed" mt="xs">
              {texts.health}
            </Text>
            {HEALTHS.map((health) => (
              <Group key={health} justify="space-between">
                <StatusBadge status={health} />
                <Anchor component={Link} to={`/tenants?health=${health}`} size="sm">
                  {format.number(byHealth[health] ?? 0)}
                </Anchor>
              </Group>
            ))}
          </Stack>
        )}
      </Loaded>
    </Paper>
  );
}

function Top() {
  const { fleet: texts, metrics } = useTexts();
  const format = useFormat();
  const query = { by: 'databaseMs', over: '1h', limit: 10 } as const;
  const top = useQuery({
    queryKey: ['metrics', 'top', query],
    queryFn: () => answer(api.GET('/metrics/top', { params: { query } })),
    ...live,
  });
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="sm">
        {texts.top}
      </Title>
      <Loaded query={top}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{metrics.none}</Text>
          ) : (
            <Table aria-label={texts.top}>
              <Table.Tbody>
                {items.map(({ tenantId, slug, value, share }) => (
                  <Table.Tr key={tenantId}>
                    <Table.Td>
                      <Anchor component={Link} to={`/tenants/${tenantId}`} size="sm">
                        {slug ?? tenantId}
                      </Anchor>
                    </Table.Td>
                    <Table.Td ta="end">{format.duration(value)}</Table.Td>
                    <Table.Td ta="end">{share === null ? '' : format.percent(share)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
    </Paper>
  );
}
