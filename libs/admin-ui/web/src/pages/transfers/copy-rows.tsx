import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Loaded } from '../../parts/loaded.js';
import { TenantInput } from '../../parts/tenant-input.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useStart } from '../operations/begun.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { MergeFields, mergeBody, NEW_MERGE } from './merge-fields.js';

/** Copies or moves rows of a tenant to another one. */
export function CopyRows({ tenant }: { tenant: Tenant }) {
  const { transfers: texts } = useTexts();
  const mayMove = useMay('owner');
  const [to, setTo] = useState('');
  const [merge, setMerge] = useState(NEW_MERGE);
  const params = { path: { tenant: tenant.id } };
  const tables = useQuery({
    queryKey: ['tenant', tenant.id, 'tables'],
    queryFn: () => answer(api.GET('/tenants/{tenant}/tables', { params })),
  });
  const body = { ...mergeBody(merge), to: to.trim() };
  const count = useStart(() =>
    answer(api.POST('/tenants/{tenant}/copies', { params, body: { ...body, dryRun: true } })),
  );
  const copy = useStart(() => answer(api.POST('/tenants/{tenant}/copies', { params, body })));
  const move = useStart(() => answer(api.POST('/tenants/{tenant}/moves', { params, body })));
  const target = `${tenant.slug} → ${body.to}`;
  const chosen = merge.tables.length > 0 ? merge.tables.join(', ') : texts.allTables;
  return (
    <Paper withBorder p="md">
      <Stack maw={560}>
        <Title order={2} size="h4">
          {texts.copyTitle}
        </Title>
        <TenantInput label={texts.to(tenant.slug)} value={to} onChange={setTo} except={tenant.slug} />
        <Loaded query={tables}>
          {({ items }) => (
            <MergeFields tables={items.map(({ name }) => name)} value={merge} onChange={setMerge} />
          )}
        </Loaded>
        {body.to === '' ? (
          <Text size="sm" c="dimmed">
            {texts.chooseTarget}
          </Text>
        ) : (
          <Group>
            <ConfirmButton label={texts.dryRun} target={target} change={count}>
              {texts.dryRunHint}
            </ConfirmButton>
            <ConfirmButton label={texts.copy} target={target} change={copy}>
              {texts.copyHint(chosen)}
            </ConfirmButton>
            {mayMove && (
              <ConfirmButton isDangerous label={texts.move} target={target} typed={tenant.slug} change={move}>
                {texts.moveHint(chosen, tenant.slug)}
              </ConfirmButton>
            )}
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
