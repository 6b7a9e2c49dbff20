import { Alert, Button, Divider, PasswordInput, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { API_URL, SIGN_IN_FAILURE } from '../surroundings.js';
import { useTexts } from '../texts/texts.js';
import { signInMethods } from './browser-session.js';
import { ProviderButton } from './provider-button.js';
import { session } from './session.js';

type Failure = 'wrong' | 'often' | 'away';

/** Asks the API who has the token: a token that it does not know is not kept. */
async function tryToken(token: string): Promise<Failure | undefined> {
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const { status } = await fetch(`${API_URL}/me`, { headers });
    if (status === 200) return undefined;
    return status === 429 ? 'often' : status === 401 || status === 403 ? 'wrong' : 'away';
  } catch {
    return 'away';
  }
}

/** @param isOverPage - what was typed on the page below must not be lost. */
export function SignIn({ isOverPage = false }: { isOverPage?: boolean }) {
  const { signIn: texts } = useTexts();
  const { data: methods } = useQuery({ queryKey: ['sign-in-methods'], queryFn: signInMethods });
  const failure = SIGN_IN_FAILURE && (texts.providerFailures[SIGN_IN_FAILURE] ?? texts.providerFailed);
  return (
    <Stack>
      {isOverPage && (
        <Text c="dimmed" size="sm">
          {texts.expired}
        </Text>
      )}
      {failure && !isOverPage && (
        <Alert color="red" role="alert">
          {failure}
        </Alert>
      )}
      {methods?.provider && (
        <>
          <ProviderButton provider={methods.provider} isOverPage={isOverPage} />
          <Divider label={texts.orToken} />
        </>
      )}
      <TokenForm />
    </Stack>
  );
}

function TokenForm() {
  const { signIn: texts } = useTexts();
  const [token, setToken] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [isTrying, setTrying] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTrying(true);
    const failed = await tryToken(token.trim());
    setTrying(false);
    setFailure(failed);
    if (!failed) session.begin(token.trim());
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        <Text c="dimmed" size="sm">
          {texts.hint}
        </Text>
        <PasswordInput
          label={texts.token}
          value={token}
          onChange={({ currentTarget }) => setToken(currentTarget.value)}
          autoComplete="off"
          data-autofocus
          required
          visibilityToggleButtonProps={{ 'aria-label': texts.show }}
        />
        {failure && (
          <Alert color="red" role="alert">
            {texts.failures[failure]}
          </Alert>
        )}
        <Button type="submit" variant="default" loading={isTrying} disabled={token.trim() === ''}>
          {texts.submit}
        </Button>
      </Stack>
    </form>
  );
}
