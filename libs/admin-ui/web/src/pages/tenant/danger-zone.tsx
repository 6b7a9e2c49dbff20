import { Box, Checkbox, Group, Paper, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { TENANT_CHANGED } from './use-tenant.js';

type Status = Tenant['status'];

/** Where each action leads from. */
const FROM = {
  suspend: ['active', 'maintenance'],
  activate: ['suspended', 'maintenance', 'archived'],
  maintenance: ['active'],
  archive: ['active', 'suspended', 'maintenance'],
  restore: ['deleted'],
} as const satisfies Record<string, readonly Status[]>;
type Action = keyof typeof FROM;

/** What takes a tenant out of service, and back. What cannot be undone needs its slug typed. */
export function DangerZone({ tenant, etag }: { tenant: Tenant; etag: string }) {
  const mayPurge = useMay('owner');
  const offered = (Object.keys(FROM) as Action[]).filter((action) =>
    FROM[action].some((status) => status === tenant.status),
  );
  return (
    <Stack>
      {offered.map((action) => (
        <ChangeOfStatus key={action} action={action} tenant={tenant} etag={etag} />
      ))}
      {!['deleting', 'deleted', 'provisioning'].includes(tenant.status) && (
        <Remove tenant={tenant} etag={etag} />
      )}
      {mayPurge && ['deleted', 'deleting'].includes(tenant.status) && <Purge tenant={tenant} />}
    </Stack>
  );
}

function Row({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="center">
        <Box flex="1 1 260px">
          <Text fw={600}>{title}</Text>
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        </Box>
        {children}
      </Group>
    </Paper>
  );
}

function ChangeOfStatus({ action, tenant, etag }: { action: Action; tenant: Tenant; etag: string }) {
  const { danger: texts } = useTexts();
  const params = { path: { tenant: tenant.id }, header: { 'If-Match': etag } };
  const change = useChange(() => answer(api.POST(`/tenants/{tenant}/${action}`, { params })), TENANT_CHANGED);
  const { label, hint } = texts.actions[action];
  return (
    <Row title={label} hint={hint}>
      <ConfirmButton label={label} target={tenant.slug} change={change}>
        {hint}
      </ConfirmButton>
    </Row>
  );
}

function Remove({ tenant, etag }: { tenant: Tenant; etag: string }) {
  const { danger: texts } = useTexts();
  const params = { path: { tenant: tenant.id }, header: { 'If-Match': etag } };
  const remove = useChange(() => answer(api.DELETE('/tenants/{tenant}', { params })), TENANT_CHANGED);
  return (
    <Row title={texts.remove} hint={texts.removeHint}>
      <ConfirmButton
        isDangerous
        label={texts.remove}
        target={tenant.slug}
        typed={tenant.slug}
        change={remove}
      >
        {texts.removeHint}
      </ConfirmButton>
    </Row>
  );
}

function Purge({ tenant }: { tenant: Tenant }) {
  const { danger: texts } = useTexts();
  const go = useNavigate();
  const [beforeRetentionEnds, setBefore] = useState(false);
  const purge = useChange(
    () =>
      answer(
        api.POST('/tenants/{tenant}/purge', {
          params: { path: { tenant: tenant.id } },
          body: { confirm: tenant.slug, beforeRetentionEnds },
        }),
      ).then((operation) => go(`/operations/${operation.id}`)),
    TENANT_CHANGED,
  );
  return (
    <Row title={texts.purge} hint={texts.purgeHint}>
      <ConfirmButton isDangerous label={texts.purge} target={tenant.slug} typed={tenant.slug} change={purge}>
        <Checkbox
          label={texts.beforeRetentionEnds}
          checked={beforeRetentionEnds}
          onChange={({ currentTarget }) => setBefore(currentTarget.checked)}
        />
      </ConfirmButton>
    </Row>
  );
}
