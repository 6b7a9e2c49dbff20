import { Alert, Button, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { CopyText } from '../../parts/copy-text.js';
import { PageTitle } from '../../parts/page-title.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { StatusBadge } from '../../parts/status.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';

const WORST_FIRST = ['fail', 'warn', 'pass'];

/** Proves the walls between tenants when it is asked to: it makes and removes schemas of its own. */
export function Doctor() {
  const { doctor: texts } = useTexts();
  const mayExamine = useMay('operator');
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['doctor'],
    queryFn: () => answer(api.GET('/doctor')),
    enabled: false,
  });
  const checks = data?.checks.toSorted(
    (a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status),
  );
  return (
    <>
      <PageTitle title={texts.title}>
        {mayExamine && (
          <Button loading={isFetching} onClick={() => refetch()}>
            {texts.examine}
          </Button>
        )}
      </PageTitle>
      <Stack>
        <Text size="sm" c="dimmed">
          {mayExamine ? texts.hint : texts.needsOperator}
        </Text>
        <ProblemAlert error={error} />
        {checks?.every(({ status }) => status === 'pass') && <Alert color="green" title={texts.allWell} />}
        {checks?.map(({ id, status, detail, remedy }) => (
          <Paper key={id} withBorder p="md">
            <StatusBadge status={status as 'pass' | 'warn' | 'fail'} />
            <Text fw={600} mt={4}>
              {id}
            </Text>
            <Text size="sm" className="code">
              {detail}
            </Text>
            {status !== 'pass' && remedy && <CopyText label={id} value={remedy} />}
          </Paper>
        ))}
      </Stack>
    </>
  );
}
