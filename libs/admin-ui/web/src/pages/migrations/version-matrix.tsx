import { Alert, Anchor, Group, Progress, Stack, Table, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { MigrationName } from './migration-name.js';

type Status = AdminSchemas['schemas']['MigrationStatus'];

/** How many tenants have each migration of this release, and who lacks it. */
export function VersionMatrix() {
  const { migrations: texts } = useTexts();
  const format = useFormat();
  const status = useQuery({
    queryKey: ['migrations', 'status'],
    queryFn: () => answer(api.GET('/migrations')),
  });
  return (
    <Loaded query={status}>
      {(read) => (
        <Stack gap="xs">
          <Text size="sm">
            {read.behind > 0 ? (
              <Anchor component={Link} to="/tenants?health=behind" size="sm">
                {texts.behind(format.number(read.behind))}
              </Anchor>
            ) : (
              texts.current
            )}
          </Text>
          {unknownIn(read) > 0 && (
            <Alert color="yellow" variant="outline" title={texts.unknown(format.number(unknownIn(read)))} />
          )}
          <Matrix status={read} />
        </Stack>
      )}
    </Loaded>
  );
}

function Matrix({ status }: { status: Status }) {
  const { migrations: texts } = useTexts();
  const format = useFormat();
  const { migrations, tenants } = status;
  if (migrations.length === 0) return <Text c="dimmed">{texts.none}</Text>;
  return (
    <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={texts.matrix}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.migration}</Table.Th>
            <Table.Th w={{ base: 90, xs: 220 }}>{texts.have}</Table.Th>
            <Table.Th w={{ base: 60, xs: 120 }}>{texts.lack}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {migrations.toReversed().map((name) => {
            const lacking = lackingIn(status, name);
            const having = tenants - lacking;
            return (
              <Table.Tr key={name}>
                <Table.Td>
                  <MigrationName name={name} />
                </Table.Td>
                <Table.Td>
                  <Group gap="sm" wrap="nowrap">
                    <Progress
                      visibleFrom="xs"
                      w={100}
                      value={tenants > 0 ? (having / tenants) * 100 : 0}
                      aria-label={`${texts.have}: ${name}`}
                    />
                    <Text size="sm">{texts.of(format.number(having), format.number(tenants))}</Text>
                  </Group>
                </Table.Td>
                <Table.Td>
                  {lacking > 0 ? (
                    <Anchor component={Link} to={`/tenants?lacks=${encodeURIComponent(name)}`} size="sm">
                      {format.number(lacking)}
                    </Anchor>
                  ) : (
                    '–'
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function lackingIn({ versions }: Status, name: string): number {
  return versions.reduce((sum, { pending, tenants }) => sum + (pending.includes(name) ? tenants : 0), 0);
}

/** How many tenants have had migrations that this release does not have. */
function unknownIn({ versions }: Status): number {
  return versions.reduce((sum, { unknown, tenants }) => sum + (unknown.length > 0 ? tenants : 0), 0);
}
