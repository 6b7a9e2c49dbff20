import { Center, Stack, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import { useTexts } from '../texts/texts.js';

/** Where a sign-in over a page ends: the page knows of it already, and this window is not needed any more. */
export function SignedInPage() {
  const { signIn: texts } = useTexts();
  useEffect(() => window.close(), []);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack gap="xs">
        <Title order={1} size="h3">
          {texts.done}
        </Title>
        <Text>{texts.doneHint}</Text>
      </Stack>
    </Center>
  );
}
