import { Button, CopyButton, Group, Text } from '@mantine/core';
import { useTexts } from '../texts/texts.js';

/** A text to be taken elsewhere. */
export function CopyText({ label, value }: { label: string; value: string }) {
  const { parts } = useTexts();
  return (
    <Group gap="xs" wrap="nowrap" align="start">
      <Text ff="monospace" size="sm" className="code">
        {value}
      </Text>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            size="compact-xs"
            flex="none"
            onClick={copy}
            aria-label={`${parts.copy}: ${label}`}
          >
            {copied ? parts.copied : parts.copy}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
