import { Badge, Button, Group, Paper, Stack, Text, TextInput } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { CopyText } from '../../parts/copy-text.js';
import { usePages } from '../../parts/listing.js';
import { Loaded } from '../../parts/loaded.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import type { Tenant } from '../tenants/tenant-filters.js';

type Domain = AdminSchemas['schemas']['Domain'];

export function Domains({ tenant }: { tenant: Tenant }) {
  const { parts, domains: texts } = useTexts();
  const mayChange = useMay('operator');
  const pages = usePages<Domain>(['tenant', tenant.id, 'domains'], (cursor, signal) =>
    answer(
      api.GET('/tenants/{tenant}/domains', {
        params: { path: { tenant: tenant.id }, query: { cursor } },
        signal,
      }),
    ),
  );
  return (
    <Stack>
      {mayChange && <Add tenant={tenant} />}
      <Loaded query={pages}>
        {({ pages: loaded }) => {
          const items = loaded.flatMap((page) => page.items);
          if (items.length === 0) return <Text c="dimmed">{texts.none}</Text>;
          return items.map((domain) => <OneDomain key={domain.domain} tenant={tenant} domain={domain} />);
        }}
      </Loaded>
      {pages.hasNextPage && (
        <Button variant="default" onClick={() => pages.fetchNextPage()}>
          {parts.more}
        </Button>
      )}
    </Stack>
  );
}

function Add({ tenant }: { tenant: Tenant }) {
  const { domains: texts } = useTexts();
  const [domain, setDomain] = useState('');
  const add = useChange(
    () =>
      answer(
        api.POST('/tenants/{tenant}/domains', { params: { path: { tenant: tenant.id } }, body: { domain } }),
      ),
    [['tenant', tenant.id]],
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await add.mutateAsync().then(
      () => setDomain(''),
      () => {},
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack maw={560}>
        <Group align="end">
          <TextInput
            flex={1}
            label={texts.add(tenant.slug)}
            placeholder="shop.example.com"
            value={domain}
            onChange={({ currentTarget }) => setDomain(currentTarget.value)}
          />
          <Button type="submit" loading={add.isPending} disabled={domain.trim() === ''}>
            {texts.addButton}
          </Button>
        </Group>
        <ProblemAlert error={add.error} />
      </Stack>
    </form>
  );
}

function OneDomain({ tenant, domain }: { tenant: Tenant; domain: Domain }) {
  const { domains: texts } = useTexts();
  const mayChange = useMay('operator');
  const params = { path: { tenant: tenant.id, domain: domain.domain } };
  const touched = [['tenant', tenant.id]];
  const verify = useChange(
    () => answer(api.POST('/tenants/{tenant}/domains/{domain}/verify', { params })),
    touched,
  );
  const makePrimary = useChange(
    () => answer(api.POST('/tenants/{tenant}/domains/{domain}/primary', { params })),
    touched,
  );
  const remove = useChange(
    () => answer(api.DELETE('/tenants/{tenant}/domains/{domain}', { params })),
    touched,
  );
  const { challenge, failure } = domain;
  return (
    <Paper withBorder p="md">
      <Group justify="space-between">
        <Group>
          <Text fw={600}>{domain.unicode}</Text>
          <StatusBadge status={domain.status} />
          {domain.isPrimary && <Badge variant="default">{texts.primary}</Badge>}
        </Group>
        {mayChange && (
          <Group gap="xs">
            {domain.status !== 'verified' && (
              <Button size="xs" variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
                {texts.verify}
              </Button>
            )}
            {domain.status === 'verified' && !domain.isPrimary && (
              <Button
                size="xs"
                variant="default"
                loading={makePrimary.isPending}
                onClick={() => makePrimary.mutate()}
              >
                {texts.makePrimary}
              </Button>
            )}
            <ConfirmButton
              size="xs"
              isDangerous
              label={texts.remove}
              target={`${domain.unicode} (${tenant.slug})`}
              change={remove}
            />
          </Group>
        )}
      </Group>
      {failure && (
        <Text size="sm" mt="xs">
          {texts.failures[failure]}
        </Text>
      )}
      {challenge && (
        <Stack gap={4} mt="sm">
          <Text size="sm" c="dimmed">
            {texts.record(challenge.type)}
          </Text>
          <CopyText label={texts.recordName} value={challenge.name} />
          <CopyText label={texts.recordValue} value={challenge.value} />
        </Stack>
      )}
      <ProblemAlert error={verify.error ?? makePrimary.error} />
    </Paper>
  );
}
