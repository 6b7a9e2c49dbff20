import { Alert, Anchor, Button, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { useTexts } from '../texts/texts.js';

export function NotFound() {
  const { shell } = useTexts();
  return (
    <Stack>
      <Title order={1}>{shell.notFound}</Title>
      <Anchor component={Link} to="/">
        {shell.toFleet}
      </Anchor>
    </Stack>
  );
}

/** A page that could not be loaded, as after a release that replaced its files, or that broke. */
export function PageFault() {
  const { shell } = useTexts();
  return (
    <Alert m="xl" color="red" title={shell.fault}>
      <Stack align="start">
        <Text size="sm">{shell.faultHint}</Text>
        <Button variant="default" onClick={() => location.reload()}>
          {shell.reload}
        </Button>
      </Stack>
    </Alert>
  );
}
