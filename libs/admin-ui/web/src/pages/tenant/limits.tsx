import { Badge, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import type { Tenant } from '../tenants/tenant-filters.js';

type Value = { value: string | number | boolean | null; source: 'override' | 'plan' | 'default' };

/** What holds for the tenant, and why. */
export function Limits({ tenant }: { tenant: Tenant }) {
  const { limits: texts } = useTexts();
  const format = useFormat();
  const query = useQuery({
    queryKey: ['tenant', tenant.id, 'limits'],
    queryFn: () => answer(api.GET('/tenants/{tenant}/limits', { params: { path: { tenant: tenant.id } } })),
  });
  const shown = (value: Value['value']) => {
    if (value === null) return texts.none;
    if (typeof value === 'boolean') return value ? texts.yes : texts.no;
    return typeof value === 'number' ? format.number(value) : value;
  };
  return (
    <Loaded query={query}>
      {({ plan, isDeclared, limits, quotas, rates, features }) => (
        <Stack>
          <Text size="sm">
            {texts.plan} <b>{plan}</b>
            {!isDeclared && ` (${texts.undeclared})`}
          </Text>
          {Object.entries({ limits, quotas, rates, features })
            .filter(([, values]) => Object.keys(values).length > 0)
            .map(([group, values]) => (
              <Table key={group} aria-label={texts.groups[group as keyof typeof texts.groups]}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{texts.groups[group as keyof typeof texts.groups]}</Table.Th>
                    <Table.Th w={160}>{texts.value}</Table.Th>
                    <Table.Th w={160}>{texts.source}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {Object.entries<Value>(values).map(([name, { value, source }]) => (
                    <Table.Tr key={name}>
                      <Table.Td>{name}</Table.Td>
                      <Table.Td>{shown(value)}</Table.Td>
                      <Table.Td>
                        <Badge variant={source === 'override' ? 'filled' : 'default'} tt="none" fw={500}>
                          {texts.sources[source]}
                        </Badge>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            ))}
        </Stack>
      )}
    </Loaded>
  );
}
