import { Center, MantineProvider, Modal, Paper, Stack, Title } from '@mantine/core';
import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { RouterProvider } from 'react-router';
import { ApiProblem } from './api/problem.js';
import { routes } from './routes.js';
import { session } from './session/session.js';
import { SignIn } from './session/sign-in.js';
import { ChangeLanguageContext } from './shell/change-language.js';
import { NONCE } from './surroundings.js';
import {
  type Language,
  LanguageContext,
  loadLanguage,
  preferredLanguage,
  rememberLanguage,
  useTexts,
} from './texts/texts.js';
import { theme, variables } from './theme.js';

const MAX_RETRIES = 2;

function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        retry: (failures, error) =>
          failures < MAX_RETRIES && error instanceof ApiProblem && [0, 502, 503, 504].includes(error.status),
      },
    },
  });
}

export function App() {
  const [language, setLanguage] = useState(preferredLanguage);
  const client = useMemo(newQueryClient, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const change = async (chosen: Language) => {
    await loadLanguage(chosen);
    rememberLanguage(chosen);
    setLanguage(chosen);
  };
  return (
    <LanguageContext value={language}>
      <ChangeLanguageContext value={change}>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={variables}
          defaultColorScheme="auto"
          getStyleNonce={() => NONCE}
        >
          <QueryClientProvider client={client}>
            <SignedIn />
          </QueryClientProvider>
        </MantineProvider>
      </ChangeLanguageContext>
    </LanguageContext>
  );
}

/** The pages stay as they are while somebody signs in again: what was typed is not lost. */
function SignedIn() {
  const { signIn: texts } = useTexts();
  const client = useQueryClient();
  const state = useSyncExternalStore(session.subscribe, session.state);
  const credential = useSyncExternalStore(session.subscribe, session.credential);
  useEffect(() => {
    if (credential) void client.invalidateQueries();
    else client.clear();
  }, [client, credential]);
  if (state === 'starting') return null;
  if (state === 'none')
    return (
      <Center component="main" mih="100dvh" p="md">
        <Paper withBorder p="xl" w="100%" maw={420} shadow="sm">
          <Stack>
            <Title order={1} size="h3">
              {texts.title}
            </Title>
            <SignIn />
          </Stack>
        </Paper>
      </Center>
    );
  return (
    <>
      <RouterProvider router={routes} />
      <Modal
        opened={state === 'expired'}
        onClose={() => {}}
        title={texts.again}
        closeOnClickOutside={false}
        closeOnEscape={false}
        withCloseButton={false}
        zIndex={1_000}
      >
        <SignIn isOverPage />
      </Modal>
    </>
  );
}
