import { Anchor, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { Share } from '../../parts/share.js';
import { Shape, SlowStatements } from '../../parts/slow-statements.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { useTenant } from '../tenant/use-tenant.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { LimitTenant } from './limit-tenant.js';
import { Noise, type TenantNow } from './now-table.js';

const LIVE_MS = 10_000;

interface TenantLoadProps {
  /** Its slug or its id. */
  readonly reference: string;
  /** `undefined` while it does nothing. */
  readonly now: TenantNow | undefined;
}

/** What one tenant does now, what of it was slow, and what may be done about it. */
export function TenantLoad({ reference, now }: TenantLoadProps) {
  const { load: texts } = useTexts();
  const mayLimit = useMay('operator');
  const query = useTenant(reference);
  return (
    <Paper withBorder p="md" component="section" aria-label={reference}>
      <Loaded query={query}>
        {({ data: tenant }) => (
          <Stack>
            <Group justify="space-between">
              <Group gap="sm">
                <Title order={2} size="h4">
                  {tenant.slug}
                </Title>
                {now && <Noise tenant={now} />}
                <Anchor component={Link} to={`/tenants/${tenant.id}`} size="sm">
                  {texts.open}
                </Anchor>
              </Group>
              {mayLimit && <LimitTenant tenant={tenant} />}
            </Group>
            {now && now.statements.length > 0 ? (
              <StatementsNow statements={now.statements} />
            ) : (
              <Text size="sm" c="dimmed">
                {texts.idle}
              </Text>
            )}
            <Slow tenant={tenant} />
          </Stack>
        )}
      </Loaded>
    </Paper>
  );
}

function StatementsNow({ statements }: Pick<TenantNow, 'statements'>) {
  const { load: texts } = useTexts();
  const format = useFormat();
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={texts.underWay} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.underWay}</Table.Th>
            <Table.Th>{texts.columns.ofIt}</Table.Th>
            <Table.Th className="number">{texts.columns.running}</Table.Th>
            <Table.Th className="number">{texts.columns.longest}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {statements.map(({ shape, share, running, longestMs }) => (
            <Table.Tr key={shape}>
              <Table.Td>
                <Shape shape={shape} />
              </Table.Td>
              <Table.Td>
                <Share of={share} label={texts.columns.ofIt} />
              </Table.Td>
              <Table.Td className="number">{format.number(running)}</Table.Td>
              <Table.Td className="number">{format.duration(longestMs)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Slow({ tenant }: { tenant: Tenant }) {
  const { load: texts } = useTexts();
  const metrics = useQuery({
    queryKey: ['metrics', tenant.id],
    queryFn: () => answer(api.GET('/metrics/{tenant}', { params: { path: { tenant: tenant.id } } })),
    refetchInterval: LIVE_MS,
  });
  return (
    <Loaded query={metrics}>
      {({ slowStatements }) =>
        slowStatements.length === 0 ? (
          <Text size="sm" c="dimmed">
            {texts.noSlow}
          </Text>
        ) : (
          <SlowStatements tenant={tenant} statements={slowStatements} />
        )
      }
    </Loaded>
  );
}
