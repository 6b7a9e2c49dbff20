import { Alert, Code, List, Stack, Text } from '@mantine/core';
import { ApiProblem } from '../api/problem.js';
import { useTexts } from '../texts/texts.js';

/** What was refused, what to do about it, and how to find it in the logs. */
export function ProblemAlert({ error }: { error: unknown }) {
  const { problems } = useTexts();
  // The sign-in, which comes over the page, says this.
  if (!error || (error instanceof ApiProblem && error.status === 401)) return null;
  const { problem, requestId } =
    error instanceof ApiProblem
      ? error
      : { problem: { status: -1, code: 'FAULT', detail: String(error), errors: undefined }, requestId: '' };
  const remedy = problems.remedies[problem.code] ?? problems.byStatus[problem.status];
  return (
    <Alert color="red" variant="outline" role="alert" title={problem.detail || problems.noAnswer}>
      <Stack gap="xs">
        {problem.errors && (
          <List size="sm">
            {problem.errors.map(({ field, expected }) => (
              <List.Item key={`${field} ${expected}`}>
                <b>{field}</b>: {expected}
              </List.Item>
            ))}
          </List>
        )}
        {remedy && <Text size="sm">{remedy}</Text>}
        <Text size="xs" c="dimmed">
          {problem.code}
          {requestId && (
            <>
              {' · '}
              {problems.request} <Code>{requestId}</Code>
            </>
          )}
        </Text>
      </Stack>
    </Alert>
  );
}
