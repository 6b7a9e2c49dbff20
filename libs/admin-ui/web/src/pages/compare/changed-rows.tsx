import { Button, Checkbox, Stack, Table, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded } from '../../parts/loaded.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { firstChanges, type RowChange } from './row-changes.js';
import { keyOf, type Selection, type TableDiff } from './selection.js';

const ROWS = 100;

interface ChangedRowsProps {
  readonly tenant: Tenant;
  readonly other: string;
  readonly table: TableDiff;
  readonly selection: Selection;
}

/** The rows of a table that differ: what they are now, and what they are in the other tenant. */
export function ChangedRows({ tenant, other, table, selection }: ChangedRowsProps) {
  const { compare: texts, parts } = useTexts();
  const format = useFormat();
  const [limit, setLimit] = useState(ROWS);
  const query = useQuery({
    queryKey: ['compare', tenant.id, other, table.name, limit],
    queryFn: ({ signal }) => firstChanges({ tenant: tenant.id, other, table: table.name }, limit, signal),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const total = table.added + table.removed + table.changed;
  return (
    <Stack gap="xs" align="start">
      <Title order={3} size="h5" className="code">
        {texts.rowsOf(table.name)}
      </Title>
      {table.key.length === 0 && <Text size="sm">{texts.noKey}</Text>}
      <Loaded query={query}>
        {(changes) => (
          <>
            <Table.ScrollContainer
              minWidth={640}
              w="100%"
              scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
            >
              <Table aria-label={texts.rowsOf(table.name)} verticalSpacing="xs" layout="fixed">
                <Table.Thead>
                  <Table.Tr>
                    {table.key.length > 0 && <Table.Th w={44} aria-label={texts.choose} />}
                    <Table.Th w="22%">{table.key.join(', ') || texts.columns.row}</Table.Th>
                    <Table.Th w={110}>{texts.columns.kind}</Table.Th>
                    <Table.Th>{texts.now(tenant.slug)}</Table.Th>
                    <Table.Th>{texts.inOther(other)}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {changes.map((change, index) => (
                    <OneRow
                      // biome-ignore lint/suspicious/noArrayIndexKey: rows without a key have nothing else, and none moves.
                      key={index}
                      table={table}
                      change={change}
                      selection={selection}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {changes.length < total && (
              <Button
                size="xs"
                variant="default"
                loading={query.isFetching}
                onClick={() => setLimit(limit * 2)}
              >
                {parts.more} ({texts.shown(format.number(changes.length), format.number(total))})
              </Button>
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

interface OneRowProps extends Pick<ChangedRowsProps, 'table' | 'selection'> {
  readonly change: RowChange;
}

function OneRow({ table, change, selection }: OneRowProps) {
  const { compare: texts } = useTexts();
  const { before, after, kind } = change;
  const key = keyOf(table, change);
  const columns = change.columns ?? Object.keys(before ?? after ?? {});
  const isWhole = selection.hasTable(table.name);
  return (
    <Table.Tr>
      {table.key.length > 0 && (
        <Table.Td>
          <Checkbox
            aria-label={texts.chooseRow(table.name, key.join(', '))}
            checked={isWhole || selection.hasRow(table.name, key)}
            disabled={isWhole}
            onChange={() => selection.toggleRow(table.name, key)}
          />
        </Table.Td>
      )}
      <Table.Td className="code">{key.join(', ')}</Table.Td>
      <Table.Td>{texts.kinds[kind]}</Table.Td>
      <Table.Td>
        <Values row={before} columns={columns} />
      </Table.Td>
      <Table.Td>
        <Values row={after} columns={columns} />
      </Table.Td>
    </Table.Tr>
  );
}

function Values({ row, columns }: { row: RowChange['before']; columns: readonly string[] }) {
  if (!row) return <>–</>;
  return columns.map((column) => (
    <Text key={column} size="sm" className="code" lineClamp={6}>
      <Text span size="xs" c="dimmed">
        {column}:{' '}
      </Text>
      {row[column] ?? <em>null</em>}
    </Text>
  ));
}
