import { Stack, Table, Text } from '@mantine/core';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { useStart } from '../operations/begun.js';
import type { Operation } from '../operations/watch-operation.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import type { Selection } from './selection.js';

interface TakeBackProps {
  readonly tenant: Tenant;
  readonly other: string;
  readonly selection: Selection;
}

/** Makes what is chosen as it is in the other tenant. */
export function TakeBack({ tenant, other, selection }: TakeBackProps) {
  const { compare: texts } = useTexts();
  const { tables, rows, isAll } = selection;
  const params = { path: { tenant: tenant.id } };
  const takeBack = useStart(() =>
    answer(
      api.POST('/tenants/{tenant}/take-backs', {
        params,
        body: {
          from: other,
          ...(tables.length > 0 && { tables: [...tables] }),
          ...(rows.length > 0 && { rows }),
        },
      }),
    ),
  );
  return (
    <ConfirmButton label={texts.takeBack} target={`${other} → ${tenant.slug}`} change={takeBack}>
      {isAll ? texts.takeBackAll(tenant.slug, other) : texts.takeBackSome(tenant.slug, tables, rows.length)}{' '}
      {texts.takeBackHint}
    </ConfirmButton>
  );
}

/** Undoes the last take back, also one of days ago. */
export function Undo({ tenant }: { tenant: Tenant }) {
  const { compare: texts } = useTexts();
  const params = { path: { tenant: tenant.id } };
  const undo = useStart(() => answer(api.POST('/tenants/{tenant}/take-backs/undo', { params, body: {} })));
  return (
    <ConfirmButton size="xs" label={texts.undo} target={tenant.slug} change={undo}>
      {texts.undoHint}
    </ConfirmButton>
  );
}

interface TakenBackTable {
  readonly name: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** What a take back has changed, with the way back; or what the undoing of one has. */
export function TakenBack({ tenant, operation }: { tenant: Tenant; operation: Operation }) {
  const { compare: texts } = useTexts();
  const { tables = [] } = Object(operation.result) as { tables?: readonly (TakenBackTable | string)[] };
  const taken = tables.filter((table) => typeof table !== 'string');
  if (operation.kind !== 'take-back') return <Text size="sm">{texts.undone(tables.join(', '))}</Text>;
  return (
    <Stack gap="xs" align="start">
      <TakenBackTables tables={taken} />
      <Undo tenant={tenant} />
    </Stack>
  );
}

function TakenBackTables({ tables }: { tables: readonly TakenBackTable[] }) {
  const { compare: texts } = useTexts();
  const format = useFormat();
  return (
    <Table aria-label={texts.taken}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.columns.table}</Table.Th>
          <Table.Th>{texts.inserted}</Table.Th>
          <Table.Th>{texts.updated}</Table.Th>
          <Table.Th>{texts.deleted}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tables.map(({ name, inserted, updated, deleted }) => (
          <Table.Tr key={name}>
            <Table.Td>{name}</Table.Td>
            <Table.Td>{format.number(inserted)}</Table.Td>
            <Table.Td>{format.number(updated)}</Table.Td>
            <Table.Td>{format.number(deleted)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
