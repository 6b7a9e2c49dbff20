import { Alert, Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { API_URL } from '../surroundings.js';
import { useTexts } from '../texts/texts.js';
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

export function SignIn({ isExpired = false }: { isExpired?: boolean }) {
  const { signIn: texts } = useTexts();
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [isTrying, setTrying] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTrying(true);
    const failed = await tryToken(token.trim());
    setTrying(false);
    setFailure(failed);
    if (failed) return;
    session.begin(token.trim());
    await client.invalidateQueries();
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        <Text c="dimmed" size="sm">
          {isExpired ? texts.expired : texts.hint}
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
        <Button type="submit" loading={isTrying} disabled={token.trim() === ''}>
          {texts.submit}
        </Button>
      </Stack>
    </form>
  );
}
