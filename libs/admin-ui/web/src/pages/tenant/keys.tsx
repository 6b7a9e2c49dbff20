import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { wordsIn } from '../../parts/words-in.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import type { Tenant } from '../tenants/tenant-filters.js';

type ApiKey = AdminSchemas['schemas']['ApiKey'];

export function Keys({ tenant }: { tenant: Tenant }) {
  const { keys: texts } = useTexts();
  const mayChange = useMay('operator');
  const pages = usePages<ApiKey>(['tenant', tenant.id, 'keys'], (cursor, signal) =>
    answer(
      api.GET('/tenants/{tenant}/keys', {
        params: { path: { tenant: tenant.id }, query: { cursor } },
        signal,
      }),
    ),
  );
  return (
    <Stack>
      {mayChange && <NewKey tenant={tenant} />}
      <Listing
        label={texts.title}
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          {
            header: texts.columns.label,
            cell: ({ label, prefix }) => (
              <>
                {label}
                <Text size="xs" c="dimmed" ff="monospace">
                  {prefix}
                </Text>
              </>
            ),
          },
          {
            header: texts.columns.scopes,
            cell: ({ scopes }) => scopes.join(', ') || texts.all,
          },
          { header: texts.columns.used, cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
          { header: texts.columns.expires, cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
          {
            header: texts.columns.state,
            cell: (key) => <StatusBadge status={stateOf(key)} />,
          },
          ...(mayChange
            ? [
                {
                  header: texts.columns.actions,
                  cell: (key: ApiKey) => (key.revokedAt ? null : <Revoke tenant={tenant} apiKey={key} />),
                },
              ]
            : []),
        ]}
      />
    </Stack>
  );
}

function stateOf({ revokedAt, expiresAt }: ApiKey) {
  if (revokedAt) return 'revoked';
  return expiresAt && Date.parse(expiresAt) < Date.now() ? 'expired' : 'active';
}

function Revoke({ tenant, apiKey }: { tenant: Tenant; apiKey: ApiKey }) {
  const { keys: texts } = useTexts();
  const params = { path: { tenant: tenant.id, key: apiKey.id } };
  const revoke = useChange(
    () => answer(api.DELETE('/tenants/{tenant}/keys/{key}', { params })),
    [['tenant', tenant.id]],
  );
  return (
    <ConfirmButton
      size="xs"
      isDangerous
      label={texts.revoke}
      target={`${apiKey.label} (${tenant.slug})`}
      change={revoke}
    >
      {texts.revokeHint}
    </ConfirmButton>
  );
}

function NewKey({ tenant }: { tenant: Tenant }) {
  const { keys: texts } = useTexts();
  const [label, setLabel] = useState('');
  const [scopes, setScopes] = useState('');
  const [made, setMade] = useState<string>();
  const create = useChange(
    () =>
      answer(
        api.POST('/tenants/{tenant}/keys', {
          params: { path: { tenant: tenant.id } },
          body: { label, scopes: wordsIn(scopes) },
        }),
      ),
    [['tenant', tenant.id, 'keys']],
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await create.mutateAsync().then(
      ({ key }) => {
        setMade(key);
        setLabel('');
        setScopes('');
      },
      () => {},
    );
  };
  if (made)
    return <SecretOnce label={texts.made(tenant.slug)} value={made} onDone={() => setMade(undefined)} />;
  return (
    <form onSubmit={submit}>
      <Stack maw={720}>
        <Group align="end">
          <TextInput
            flex={2}
            label={texts.add(tenant.slug)}
            placeholder={texts.columns.label}
            value={label}
            onChange={({ currentTarget }) => setLabel(currentTarget.value)}
          />
          <TextInput
            flex={1}
            label={texts.columns.scopes}
            placeholder="orders:read"
            value={scopes}
            onChange={({ currentTarget }) => setScopes(currentTarget.value)}
          />
          <Button type="submit" loading={create.isPending} disabled={label.trim() === ''}>
            {texts.addButton}
          </Button>
        </Group>
        <ProblemAlert error={create.error} />
      </Stack>
    </form>
  );
}
