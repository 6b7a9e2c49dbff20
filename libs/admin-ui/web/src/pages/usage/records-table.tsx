import { Badge, Group, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { answer, api } from '../../api/client.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { Quantity } from './quantity.js';
import { TenantOfUsage } from './tenant-of-usage.js';

type Record = AdminSchemas['schemas']['UsageRecord'];

interface RecordsTableProps {
  readonly label: string;
  readonly filter: {
    readonly month: string;
    readonly tenant?: string;
    readonly meter?: string | undefined;
    readonly late?: boolean;
  };
}

/** Records of usage, in the order in which they were made. */
export function RecordsTable({ label, filter }: RecordsTableProps) {
  const { usage: texts } = useTexts();
  const pages = usePages<Record>(['usage', 'records', filter], (cursor, signal) =>
    answer(api.GET('/usage', { params: { query: { ...filter, cursor, limit: 50 } }, signal })),
  );
  return (
    <Listing
      label={label}
      pages={pages}
      keyOf={({ seq }) => seq}
      columns={[
        ...(filter.tenant
          ? []
          : [{ header: texts.columns.tenant, cell: (record: Record) => <TenantOfUsage {...record} /> }]),
        { header: texts.columns.meter, cell: ({ meter }) => meter },
        { header: texts.columns.hour, cell: ({ hour }) => <Moment at={hour} /> },
        {
          header: texts.columns.change,
          isNumber: true,
          cell: ({ unit, change }) => <Quantity unit={unit} quantity={change} />,
        },
        { header: texts.columns.ofHour, isNumber: true, cell: (record) => <Quantity {...record} /> },
        {
          header: texts.columns.recorded,
          cell: (record) => (
            <Group gap="xs">
              <Moment at={record.recordedAt} />
              <Lateness record={record} />
            </Group>
          ),
        },
      ]}
    />
  );
}

function Lateness({ record: { revision, hour, month } }: { record: Record }) {
  const { usage: texts } = useTexts();
  const format = useFormat();
  const monthOfHour = hour.slice(0, 7);
  return (
    <>
      {revision > 1 && (
        <Badge variant="default" tt="none" fw={500}>
          {texts.revision(format.number(revision))}
        </Badge>
      )}
      {monthOfHour !== month && (
        <Text size="xs" c="dimmed">
          {texts.adjustment(format.month(monthOfHour))}
        </Text>
      )}
    </>
  );
}
