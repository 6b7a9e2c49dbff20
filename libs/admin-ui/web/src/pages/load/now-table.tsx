import { Anchor, Badge, Stack, Table, Text, Title } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { Link } from 'react-router';
import { Share } from '../../parts/share.js';
import { Shape } from '../../parts/slow-statements.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';

export type TenantNow = AdminSchemas['schemas']['MetricsNow']['tenants'][number];

/** Who uses the database now, most first. */
export function NowTable({ tenants }: { tenants: readonly TenantNow[] }) {
  const { load: texts } = useTexts();
  const format = useFormat();
  return (
    <div>
      <Title order={2} size="h4" mb="xs">
        {texts.now}
      </Title>
      {tenants.length === 0 ? (
        <Text c="dimmed">{texts.quiet}</Text>
      ) : (
        <Table.ScrollContainer minWidth={760} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label={texts.now} verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{texts.columns.tenant}</Table.Th>
                <Table.Th>{texts.columns.share}</Table.Th>
                <Table.Th className="number">{texts.columns.perSecond}</Table.Th>
                <Table.Th className="number">{texts.columns.connections}</Table.Th>
                <Table.Th className="number">{texts.columns.waiting}</Table.Th>
                <Table.Th>{texts.columns.statement}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {tenants.map((tenant) => (
                <Table.Tr key={tenant.tenantId}>
                  <Table.Td>
                    <Stack gap={4} align="start">
                      <ToLoad tenantId={tenant.tenantId} slug={tenant.slug} />
                      <Noise tenant={tenant} />
                    </Stack>
                  </Table.Td>
                  <Table.Td>
                    <Share of={tenant.share} label={texts.shareOf(tenant.slug ?? tenant.tenantId)} />
                  </Table.Td>
                  <Table.Td miw={90} className="number">
                    {format.duration(tenant.databaseMsPerSecond)}
                  </Table.Td>
                  <Table.Td className="number">{format.number(tenant.connections)}</Table.Td>
                  <Table.Td className="number">{format.number(tenant.waiting)}</Table.Td>
                  <Table.Td w="40%">
                    {tenant.statements[0] ? <Shape shape={tenant.statements[0].shape} /> : '–'}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </div>
  );
}

/** Shows what a tenant does, on this page; one that the catalog does not have is named by its id. */
export function ToLoad({ tenantId, slug }: Pick<TenantNow, 'tenantId' | 'slug'>) {
  if (slug === null)
    return (
      <Text size="xs" ff="monospace" className="code">
        {tenantId}
      </Text>
    );
  return (
    <Anchor component={Link} to={`/load?tenant=${encodeURIComponent(slug)}`} size="sm">
      {slug}
    </Anchor>
  );
}

/** Whether it is a noisy neighbour, and held back. */
export function Noise({ tenant: { noisySince, throttledTo } }: { tenant: TenantNow }) {
  const { load: texts } = useTexts();
  const format = useFormat();
  if (noisySince === null) return null;
  return (
    <>
      <Badge variant="dot" color="orange" tt="none" fw={500} miw="max-content">
        {texts.noisySince(format.time(noisySince))}
      </Badge>
      {throttledTo !== null && (
        <Badge variant="default" tt="none" fw={500} miw="max-content">
          {texts.throttledTo(throttledTo)}
        </Badge>
      )}
    </>
  );
}
