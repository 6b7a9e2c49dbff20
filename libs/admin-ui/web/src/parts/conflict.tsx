import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useTexts } from '../texts/texts.js';

interface ConflictProps {
  /** What others made of it. */
  readonly theirs: string;
  readonly takeTheirs: () => void;
  readonly keepMine: () => void;
}

/** Somebody else was faster: which of the two holds is for a person to say. */
export function Conflict({ theirs, takeTheirs, keepMine }: ConflictProps) {
  const { conflict: texts } = useTexts();
  return (
    <Alert color="yellow" variant="outline" role="alert" title={texts.title}>
      <Stack gap="sm">
        <Text size="sm" className="code">
          {texts.theirs} {theirs}
        </Text>
        <Group>
          <Button variant="default" size="xs" onClick={takeTheirs}>
            {texts.takeTheirs}
          </Button>
          <Button size="xs" onClick={keepMine}>
            {texts.keepMine}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
