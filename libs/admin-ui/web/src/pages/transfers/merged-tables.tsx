import { Stack, Table, Text } from '@mantine/core';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import type { Operation } from '../operations/watch-operation.js';

const COUNTS = ['written', 'same', 'skipped', 'overwritten', 'remapped', 'conflicts'] as const;

type MergedTable = Readonly<Record<(typeof COUNTS)[number], number>> & { readonly name: string };

interface Merged {
  readonly rows?: number;
  readonly dryRun?: boolean;
  readonly tables?: readonly MergedTable[];
}

const KINDS = ['copy', 'move', 'import.rows'];

/** What became of the rows of each table that were written to a tenant; nothing for other operations. */
export function MergedTables({ operation }: { operation: Operation }) {
  const { transfers: texts } = useTexts();
  const format = useFormat();
  if (!KINDS.includes(operation.kind)) return null;
  const { rows = 0, dryRun = false, tables = [] } = Object(operation.result) as Merged;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {dryRun ? texts.wouldWrite(format.number(rows)) : texts.wrote(format.number(rows))}
      </Text>
      <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table aria-label={texts.merged}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{texts.columns.table}</Table.Th>
              {COUNTS.map((count) => (
                <Table.Th key={count} className="number">
                  {texts.counts[count]}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tables.map((table) => (
              <Table.Tr key={table.name}>
                <Table.Td className="code">{table.name}</Table.Td>
                {COUNTS.map((count) => (
                  <Table.Td key={count} className="number">
                    {format.number(table[count])}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}
