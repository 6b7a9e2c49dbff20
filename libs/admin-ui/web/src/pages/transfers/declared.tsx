import { Alert, Code, Stack, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { answer, api } from '../../api/client.js';
import { isMissing } from '../../api/problem.js';
import { Loaded } from '../../parts/loaded.js';
import { useTexts } from '../../texts/texts.js';

export type TransferChoices = AdminSchemas['schemas']['TransferChoices'];

const CONFIG = {
  transfers: "transfers: { folder: '/var/lib/rowhouse/archives' }",
  backups: "backups: { storage: '/var/backups/app', schedule: '0 3 * * *' }",
};

interface DeclaredProps {
  readonly needs: keyof typeof CONFIG;
  readonly children: (choices: TransferChoices) => ReactNode;
}

/** What needs transfers or backups; where the deployment has none, how it gets them. */
export function Declared({ needs, children }: DeclaredProps) {
  const query = useQuery({
    queryKey: ['transfers'],
    queryFn: () => answer(api.GET('/transfers')),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (isMissing(query.error))
    return <Undeclared lacking={needs === 'backups' ? ['transfers', 'backups'] : [needs]} />;
  return (
    <Loaded query={query}>
      {(choices) =>
        needs === 'backups' && !choices.hasBackups ? <Undeclared lacking={['backups']} /> : children(choices)
      }
    </Loaded>
  );
}

function Undeclared({ lacking }: { lacking: readonly (keyof typeof CONFIG)[] }) {
  const { transfers: texts } = useTexts();
  return (
    <Alert color="gray" variant="outline" title={texts.undeclared[lacking.at(-1) ?? 'transfers']}>
      <Stack gap="xs">
        <Text size="sm">{texts.howToDeclare}</Text>
        <Code block>{lacking.map((name) => `${CONFIG[name]},`).join('\n')}</Code>
      </Stack>
    </Alert>
  );
}
