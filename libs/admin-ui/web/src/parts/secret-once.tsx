import { Alert, Button, Stack, Text } from '@mantine/core';
import { useTexts } from '../texts/texts.js';
import { CopyText } from './copy-text.js';

/** A secret that the API shows this once. */
export function SecretOnce({ label, value, onDone }: { label: string; value: string; onDone: () => void }) {
  const { parts } = useTexts();
  return (
    <Alert color="yellow" variant="outline" title={label} role="status">
      <Stack align="start" gap="sm">
        <Text size="sm">{parts.shownOnce}</Text>
        <CopyText label={label} value={value} />
        <Button size="xs" variant="default" onClick={onDone}>
          {parts.kept}
        </Button>
      </Stack>
    </Alert>
  );
}
