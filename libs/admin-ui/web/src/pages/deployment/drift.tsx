import { Alert, Button, Code, Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { CopyText } from '../../parts/copy-text.js';
import { PageTitle } from '../../parts/page-title.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { HomeName } from '../migrations/home-name.js';
import { useDrift } from './use-drift.js';

type Finding = AdminSchemas['schemas']['DriftFinding'];

/** Compares homes with what their migrations make, when it is asked to: it makes and removes schemas of its own. */
export function Drift() {
  const { drift: texts } = useTexts();
  const format = useFormat();
  const mayCompare = useMay('operator');
  const { report, error, isComparing, start, stop } = useDrift();
  return (
    <>
      <PageTitle title={texts.title}>
        {isComparing && (
          <Button variant="default" onClick={stop}>
            {texts.stop}
          </Button>
        )}
        {mayCompare && (
          <Button loading={isComparing} onClick={start}>
            {texts.compare}
          </Button>
        )}
      </PageTitle>
      <Stack>
        <Text size="sm" c="dimmed">
          {mayCompare ? texts.hint : texts.needsOperator}
        </Text>
        <ProblemAlert error={error} />
        {report && (
          <Text size="sm" aria-live="polite">
            {texts.compared(format.number(report.compared), report.isComplete)}
          </Text>
        )}
        {report?.isComplete && report.findings.length === 0 && <Alert color="green" title={texts.none} />}
        {report?.findings.map((finding) => (
          <OneFinding key={finding.home} finding={finding} />
        ))}
      </Stack>
    </>
  );
}

function OneFinding({ finding: { home, finding, differences, migrations, error } }: { finding: Finding }) {
  const { drift: texts } = useTexts();
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Group gap="sm">
          <Title order={2} size="h4">
            <HomeName label={home} />
          </Title>
          <Text size="sm" c="red">
            {texts.findings[finding]}
          </Text>
        </Group>
        {differences.map(({ kind, name, change, expected, actual }) => (
          <div key={`${kind} ${name}`}>
            <Text size="sm">
              {texts.changes[change]}: {kind} <b>{name}</b>
            </Text>
            {(expected ?? actual) !== undefined && (
              <Code block className="code">
                {[expected && `− ${expected}`, actual && `+ ${actual}`].filter(Boolean).join('\n')}
              </Code>
            )}
          </div>
        ))}
        {migrations.length > 0 && (
          <Text size="sm" className="code">
            {migrations.join(', ')}
          </Text>
        )}
        {error && (
          <Code block className="code">
            {error}
          </Code>
        )}
        <Text size="sm" c="dimmed">
          {texts.remedies[finding]}
        </Text>
        <CopyText label={home} value={commandFor(home)} />
      </Stack>
    </Paper>
  );
}

/** The home of row tenants has no slug. */
function commandFor(home: string): string {
  return home.startsWith('(') ? 'rowhouse drift --where isolation=row' : `rowhouse drift --tenant ${home}`;
}
