import { Button, Stack, Title } from '@mantine/core';
import { Link } from 'react-router';
import { PageTitle } from '../../parts/page-title.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { OperationsTable } from '../operations/operations.js';
import { StartRun } from './start-run.js';
import { VersionMatrix } from './version-matrix.js';

export function Migrations() {
  const { migrations: texts } = useTexts();
  const mayRun = useMay('operator');
  return (
    <>
      <PageTitle title={texts.title}>
        {mayRun && (
          <>
            <Button component={Link} to="/migrations/plan" variant="default">
              {texts.plan.show}
            </Button>
            <StartRun />
          </>
        )}
      </PageTitle>
      <Stack gap="lg">
        <VersionMatrix />
        <div>
          <Title order={2} size="h4" mb="xs">
            {texts.runs}
          </Title>
          <OperationsTable kind="migrations.run" />
        </div>
      </Stack>
    </>
  );
}
