import { Group, Progress, Text } from '@mantine/core';
import { useFormat } from '../texts/use-format.js';

/** A part of a whole, 0 to 1. */
export function Share({ of, label }: { of: number | null; label: string }) {
  const format = useFormat();
  if (of === null) return <>–</>;
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress value={of * 100} aria-label={label} w={80} size="sm" />
      <Text size="sm" miw={48}>
        {format.percent(of)}
      </Text>
    </Group>
  );
}
