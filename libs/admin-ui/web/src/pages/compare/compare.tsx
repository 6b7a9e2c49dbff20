import { Alert, Button, Checkbox, Group, Stack, Table, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { TenantInput } from '../../parts/tenant-input.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { Begun } from '../operations/begun.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { Declared } from '../transfers/declared.js';
import { ChangedRows } from './changed-rows.js';
import { useSelection } from './selection.js';
import { TakeBack, TakenBack, Undo } from './take-back.js';

type Diff = AdminSchemas['schemas']['Diff'];

/** What differs between a tenant and another one, such as itself as it was; and taking rows back from there. */
export function Compare({ tenant }: { tenant: Tenant }) {
  const { compare: texts } = useTexts();
  const mayCompare = useMay('operator');
  if (!mayCompare) return <Text c="dimmed">{texts.needsOperator}</Text>;
  return <Declared needs="transfers">{() => <Comparing tenant={tenant} />}</Declared>;
}

function Comparing({ tenant }: { tenant: Tenant }) {
  const { compare: texts } = useTexts();
  const [params, setParams] = useSearchParams();
  const client = useQueryClient();
  const other = params.get('with') ?? '';
  const [typed, setTyped] = useState(other);
  const query = useQuery({
    queryKey: ['compare', tenant.id, other],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/tenants/{tenant}/diffs/{other}', {
          params: { path: { tenant: tenant.id, other } },
          signal,
        }),
      ),
    enabled: other !== '',
    staleTime: Number.POSITIVE_INFINITY,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() === other) void client.invalidateQueries({ queryKey: ['compare', tenant.id] });
    else setParams({ with: typed.trim() }, { replace: true });
  };
  return (
    <Stack gap="lg">
      <Begun
        touched={[
          ['compare', tenant.id],
          ['tenant', tenant.id],
        ]}
      >
        {(operation) => <TakenBack tenant={tenant} operation={operation} />}
      </Begun>
      <form onSubmit={submit}>
        <Group align="end">
          <TenantInput
            label={texts.other(tenant.slug)}
            description={texts.otherHint}
            value={typed}
            onChange={setTyped}
            except={tenant.slug}
          />
          <Button type="submit" loading={query.isFetching} disabled={typed.trim() === ''}>
            {texts.compare}
          </Button>
        </Group>
      </form>
      {other !== '' && (
        <Loaded query={query}>
          {(diff) => <Differences key={query.dataUpdatedAt} tenant={tenant} other={other} diff={diff} />}
        </Loaded>
      )}
      <Group>
        <Undo tenant={tenant} />
        <Text size="sm" c="dimmed">
          {texts.undoHint}
        </Text>
      </Group>
    </Stack>
  );
}

function Differences({ tenant, other, diff }: { tenant: Tenant; other: string; diff: Diff }) {
  const { compare: texts, parts } = useTexts();
  const format = useFormat();
  const [shown, setShown] = useState<string>();
  const differing = diff.tables.filter(({ added, removed, changed }) => added + removed + changed > 0);
  const selection = useSelection(differing);
  const table = differing.find(({ name }) => name === shown);
  const apart = [...diff.tablesOnlyBefore, ...diff.tablesOnlyAfter];
  if (diff.isEqual) return <Alert color="green" variant="outline" title={texts.equal(tenant.slug, other)} />;
  return (
    <Stack>
      {apart.length > 0 && <Text size="sm">{texts.tablesApart(apart)}</Text>}
      <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table aria-label={texts.differing} verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={44}>
                <Checkbox
                  aria-label={texts.chooseAll}
                  checked={selection.isAll}
                  indeterminate={!selection.isAll && !selection.isEmpty}
                  onChange={selection.toggleAll}
                />
              </Table.Th>
              <Table.Th>{texts.columns.table}</Table.Th>
              <Table.Th className="number">{texts.onlyIn(other)}</Table.Th>
              <Table.Th className="number">{texts.onlyIn(tenant.slug)}</Table.Th>
              <Table.Th className="number">{texts.changed}</Table.Th>
              <Table.Th>{texts.columns.rows}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {differing.map((each) => (
              <Table.Tr key={each.name}>
                <Table.Td>
                  <Checkbox
                    aria-label={texts.chooseTable(each.name)}
                    checked={selection.hasTable(each.name)}
                    onChange={() => selection.toggleTable(each.name)}
                  />
                </Table.Td>
                <Table.Td className="code">
                  {each.name}
                  {each.columnsOnlyBefore.length + each.columnsOnlyAfter.length > 0 && (
                    <Text size="xs" c="dimmed">
                      {texts.columnsApart([...each.columnsOnlyBefore, ...each.columnsOnlyAfter])}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td className="number">{format.number(each.added)}</Table.Td>
                <Table.Td className="number">{format.number(each.removed)}</Table.Td>
                <Table.Td className="number">{format.number(each.changed)}</Table.Td>
                <Table.Td>
                  <Button
                    size="xs"
                    variant="default"
                    aria-expanded={shown === each.name}
                    onClick={() => setShown(shown === each.name ? undefined : each.name)}
                  >
                    {shown === each.name ? parts.hide : texts.showRows}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {table && (
        <ChangedRows key={table.name} tenant={tenant} other={other} table={table} selection={selection} />
      )}
      <Group>
        {selection.isEmpty ? (
          <Text size="sm" c="dimmed">
            {texts.chooseFirst}
          </Text>
        ) : (
          <TakeBack tenant={tenant} other={other} selection={selection} />
        )}
      </Group>
    </Stack>
  );
}
