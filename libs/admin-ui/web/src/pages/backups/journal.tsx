import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Loaded } from '../../parts/loaded.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import type { Tenant } from '../tenants/tenant-filters.js';

export type JournalStatus = AdminSchemas['schemas']['Journal'];

export function useJournal(tenant: Tenant) {
  return useQuery({
    queryKey: ['tenant', tenant.id, 'journal'],
    queryFn: () => answer(api.GET('/tenants/{tenant}/journal', { params: { path: { tenant: tenant.id } } })),
  });
}

/** Whether changes of the tenant's rows are recorded, since when, and what that costs. */
export function Journal({ tenant }: { tenant: Tenant }) {
  const { backups: texts } = useTexts();
  const query = useJournal(tenant);
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        {texts.journal}
      </Title>
      <Loaded query={query}>{(journal) => <State tenant={tenant} journal={journal} />}</Loaded>
    </Paper>
  );
}

function State({ tenant, journal }: { tenant: Tenant; journal: JournalStatus }) {
  const { backups: texts } = useTexts();
  const format = useFormat();
  const mayEnable = useMay('operator');
  const mayDisable = useMay('owner');
  const params = { path: { tenant: tenant.id } };
  const touched = [['tenant', tenant.id]];
  const enable = useChange(() => answer(api.PUT('/tenants/{tenant}/journal', { params })), touched);
  const disable = useChange(() => answer(api.DELETE('/tenants/{tenant}/journal', { params })), touched);
  const { isEnabled, since, changes } = journal;
  return (
    <Group justify="space-between" align="start">
      <Stack gap={4} flex={1} miw={260}>
        <Text size="sm" fw={600}>
          {isEnabled && since
            ? texts.journalOn(format.time(since), format.number(changes ?? 0))
            : texts.journalOff}
        </Text>
        <Text size="sm" c="dimmed">
          {texts.journalCost}
        </Text>
      </Stack>
      {!isEnabled && mayEnable && (
        <ConfirmButton label={texts.enableJournal} target={tenant.slug} change={enable}>
          {texts.journalCost}
        </ConfirmButton>
      )}
      {isEnabled && mayDisable && (
        <ConfirmButton
          isDangerous
          label={texts.disableJournal}
          target={tenant.slug}
          typed={tenant.slug}
          change={disable}
        >
          {texts.disableJournalHint}
        </ConfirmButton>
      )}
    </Group>
  );
}
