import { Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { AdminPaths, AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { Figure } from '../../parts/figure.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Loaded } from '../../parts/loaded.js';
import { PageTitle } from '../../parts/page-title.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { ChosenMonth } from './chosen-month.js';
import { ExportUsage } from './export-usage.js';
import { MonthState } from './month-state.js';
import { Quantity } from './quantity.js';
import { RecordsTable } from './records-table.js';
import { Sinks } from './sinks.js';
import { TenantOfUsage } from './tenant-of-usage.js';
import type { UsageMonth } from './use-months.js';

type TenantUsage = AdminSchemas['schemas']['TenantUsage'];
type Sum = AdminPaths['/usage/sums']['get']['responses'][200]['content']['application/json']['items'][number];

/** What all tenants used, month by month, as it is billed. */
export function Usage() {
  const { usage: texts } = useTexts();
  return (
    <>
      <PageTitle title={texts.title} />
      <Stack gap="lg">
        <ChosenMonth>
          {(month, choice) => (
            <>
              <Group>
                {choice}
                <ExportUsage month={month} />
              </Group>
              <Month month={month} />
            </>
          )}
        </ChosenMonth>
        <Sinks />
      </Stack>
    </>
  );
}

function Month({ month }: { month: UsageMonth }) {
  const { usage: texts } = useTexts();
  const format = useFormat();
  const query = { month: month.month };
  const sums = useQuery({
    queryKey: ['usage', 'sums', query],
    queryFn: ({ signal }) => answer(api.GET('/usage/sums', { params: { query }, signal })),
  });
  return (
    <Stack gap="lg">
      <MonthState month={month} />
      <Loaded query={sums}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{texts.none}</Text>
          ) : (
            <>
              <SimpleGrid type="container" cols={{ base: 2, '600px': 3, '900px': 5 }}>
                {items.map((sum) => (
                  <Figure
                    key={sum.meter}
                    label={sum.meter}
                    hint={texts.ofTenants(format.number(sum.tenants))}
                  >
                    <Quantity {...sum} />
                  </Figure>
                ))}
              </SimpleGrid>
              <Stack gap="sm">
                <Title order={2} size="h4">
                  {texts.byTenant}
                </Title>
                <ByTenant month={month.month} sums={items} />
              </Stack>
            </>
          )
        }
      </Loaded>
      <div>
        <Title order={2} size="h4">
          {texts.late}
        </Title>
        <Text size="sm" c="dimmed" mb="sm" maw={720}>
          {texts.lateHint}
        </Text>
        <RecordsTable label={texts.late} filter={{ month: month.month, late: true }} />
      </div>
    </Stack>
  );
}

function ByTenant({ month, sums }: { month: string; sums: readonly Sum[] }) {
  const { usage: texts } = useTexts();
  const pages = usePages<TenantUsage>(['usage', 'totals', month], (cursor, signal) =>
    answer(api.GET('/usage/totals', { params: { query: { month, cursor, limit: 50 } }, signal })),
  );
  return (
    <Listing
      label={texts.byTenant}
      pages={pages}
      keyOf={({ tenantId }) => tenantId}
      columns={[
        { header: texts.columns.tenant, cell: (of) => <TenantOfUsage {...of} /> },
        { header: texts.columns.plan, cell: ({ tenantPlan }) => tenantPlan ?? '–' },
        ...sums.map(({ meter }) => ({
          header: meter,
          isNumber: true,
          cell: ({ meters }: TenantUsage) => {
            const used = meters.find((each) => each.meter === meter);
            return used ? <Quantity {...used} /> : '–';
          },
        })),
      ]}
    />
  );
}
