import { Group, NativeSelect, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { answer, api } from '../../api/client.js';
import { Chart } from '../../parts/chart.js';
import { Figure } from '../../parts/figure.js';
import { Loaded } from '../../parts/loaded.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { ChosenMonth } from './chosen-month.js';
import { ExportUsage } from './export-usage.js';
import { Quantity } from './quantity.js';
import { RecordsTable } from './records-table.js';
import { usageByDay } from './usage-by-day.js';

type Meters = AdminSchemas['schemas']['TenantUsage']['meters'];

const BLUE = { light: '#1864ab', dark: '#74c0fc' };

/** What a tenant used, month by month, as it is billed. */
export function TenantUsage({ tenant }: { tenant: Tenant }) {
  const { usage: texts } = useTexts();
  return (
    <ChosenMonth>
      {(month, choice) => (
        <Stack gap="lg">
          <Group>
            {choice}
            <ExportUsage month={month} tenant={tenant} />
          </Group>
          <Totals tenant={tenant} month={month.month} />
          <div>
            <Title order={2} size="h4" mb="xs">
              {texts.records}
            </Title>
            <RecordsTable label={texts.records} filter={{ month: month.month, tenant: tenant.id }} />
          </div>
        </Stack>
      )}
    </ChosenMonth>
  );
}

function Totals({ tenant: { id: tenant }, month }: { tenant: Tenant; month: string }) {
  const { usage: texts } = useTexts();
  const query = { tenant, month };
  const totals = useQuery({
    queryKey: ['usage', 'totals', query],
    queryFn: ({ signal }) => answer(api.GET('/usage/totals', { params: { query }, signal })),
  });
  return (
    <Loaded query={totals}>
      {({ items: [used] }) =>
        used ? (
          <>
            <SimpleGrid type="container" cols={{ base: 2, '600px': 3, '900px': 5 }}>
              {used.meters.map((each) => (
                <Figure key={each.meter} label={each.meter}>
                  <Quantity {...each} />
                </Figure>
              ))}
            </SimpleGrid>
            <ByDay key={`${tenant} ${month}`} tenant={tenant} month={month} meters={used.meters} />
          </>
        ) : (
          <Text c="dimmed">{texts.none}</Text>
        )
      }
    </Loaded>
  );
}

function ByDay({ tenant, month, meters }: { tenant: string; month: string; meters: Meters }) {
  const { usage: texts } = useTexts();
  const format = useFormat();
  const [chosen, setChosen] = useState(meters[0]?.meter ?? '');
  const of = { tenant, month, meter: chosen };
  const days = useQuery({
    queryKey: ['usage', 'days', of],
    queryFn: ({ signal }) => usageByDay(of, signal),
  });
  const unit = meters.find(({ meter }) => meter === chosen)?.unit;
  const lines = useMemo(
    () => [{ label: chosen, color: BLUE, values: days.data?.values ?? [] }],
    [chosen, days.data],
  );
  return (
    <Stack gap="sm">
      <NativeSelect
        aria-label={texts.columns.meter}
        w="max-content"
        value={chosen}
        onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        data={meters.map(({ meter }) => meter)}
      />
      <Loaded query={days}>
        {({ times }) => (
          <Chart
            title={texts.byDay(chosen)}
            times={times}
            lines={lines}
            format={
              unit === 'milliseconds' ? format.duration : unit === 'byte-hours' ? format.bytes : format.number
            }
            isByDay
          />
        )}
      </Loaded>
    </Stack>
  );
}
