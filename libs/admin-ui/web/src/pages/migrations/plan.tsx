import { Alert, Button, Code, Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { PageTitle } from '../../parts/page-title.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { HomeName } from './home-name.js';
import { StartRun } from './start-run.js';

type GroupOfHomes = AdminSchemas['schemas']['MigrationPlan']['groups'][number];

/** How many homes of a group are named: there may be thousands. */
const NAMED = 30;

/** What a run would do: to which homes, and with which SQL. */
export function MigrationPlan() {
  const { migrations } = useTexts();
  const { plan: texts } = migrations;
  const mayRun = useMay('operator');
  const plan = useQuery({
    queryKey: ['migrations', 'plan'],
    queryFn: ({ signal }) =>
      answer(api.GET('/migrations/plan', { params: { query: { sql: true } }, signal })),
    enabled: mayRun,
  });
  return (
    <>
      <PageTitle title={texts.title}>
        <Button component={Link} to="/migrations" variant="default">
          {texts.back}
        </Button>
        {(plan.data?.total ?? 0) > 0 && <StartRun />}
      </PageTitle>
      {mayRun ? (
        <Loaded query={plan}>
          {({ groups }) =>
            groups.length === 0 ? (
              <Alert color="green" title={migrations.current} />
            ) : (
              <Stack>
                {groups.map((group) => (
                  <PlanGroup key={`${group.kind} ${group.from} ${group.names}`} group={group} />
                ))}
              </Stack>
            )
          }
        </Loaded>
      ) : (
        <Text c="dimmed">{texts.needsOperator}</Text>
      )}
    </>
  );
}

function PlanGroup({ group }: { group: GroupOfHomes }) {
  const { plan: texts } = useTexts().migrations;
  const format = useFormat();
  const { kind, from, homes, names, outOfOrder, sql, sqlError } = group;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <div>
          <Title order={2} size="h4">
            {texts.group(texts.kinds[kind], format.number(homes.length))}
          </Title>
          <Text size="sm" c="dimmed">
            {from ? texts.from(from) : texts.fromNothing}
          </Text>
        </div>
        <Group gap="xs">
          {homes.slice(0, NAMED).map((label) => (
            <HomeName key={label} label={label} />
          ))}
          {homes.length > NAMED && (
            <Text size="sm" c="dimmed">
              {texts.more(format.number(homes.length - NAMED))}
            </Text>
          )}
        </Group>
        {outOfOrder.length > 0 && (
          <Alert color="yellow" variant="outline" title={texts.outOfOrder}>
            {outOfOrder.join(', ')}
          </Alert>
        )}
        {sqlError && (
          <Alert color="red" variant="outline" title={texts.sqlError}>
            <Text size="sm" className="code">
              {sqlError}
            </Text>
          </Alert>
        )}
        {sql
          ? sql.map(({ name, statements, dataDependence }) => (
              <div key={name}>
                <Text fw={600} size="sm" mb={4}>
                  {name}
                </Text>
                <Code block className="code">
                  {statements.map((statement) => `${statement.trim()};`).join('\n') || texts.noStatements}
                </Code>
                {dataDependence && (
                  <Text size="xs" c="dimmed" mt={4}>
                    {texts.dataDependence(dataDependence)}
                  </Text>
                )}
              </div>
            ))
          : names.map((name) => (
              <Text key={name} fw={600} size="sm">
                {name}
              </Text>
            ))}
      </Stack>
    </Paper>
  );
}
