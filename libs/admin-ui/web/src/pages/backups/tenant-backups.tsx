import { Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { Begun, useStart } from '../operations/begun.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { Declared } from '../transfers/declared.js';
import { MadeTenant } from '../transfers/made-tenant.js';
import { BackupsTable } from './backups-table.js';
import { Journal } from './journal.js';
import { keepText } from './keep-text.js';
import { RestoreAt } from './restore-at.js';
import { BACKUPS_CHANGED, useBackups } from './use-backups.js';

/** The backups of a tenant, and the tenant as it was. */
export function TenantBackups({ tenant }: { tenant: Tenant }) {
  return (
    <Declared needs="transfers">
      {({ hasBackups }) => (
        <Stack gap="lg">
          <Begun touched={[...BACKUPS_CHANGED, ['tenant', tenant.id]]}>
            {(operation) => <MadeTenant operation={operation} of={tenant.slug} />}
          </Begun>
          {hasBackups ? (
            <WithBackups tenant={tenant} />
          ) : (
            <>
              <Declared needs="backups">{() => null}</Declared>
              <RestoreAt tenant={tenant} backups={undefined} />
            </>
          )}
          <Journal tenant={tenant} />
        </Stack>
      )}
    </Declared>
  );
}

function WithBackups({ tenant }: { tenant: Tenant }) {
  const { backups: texts } = useTexts();
  const format = useFormat();
  const mayAct = useMay('operator');
  const pages = useBackups(tenant.id);
  const { data } = useQuery({
    queryKey: ['backups', 'status', tenant.id],
    queryFn: () => answer(api.GET('/backups/tenants', { params: { query: { tenant: tenant.id } } })),
  });
  const status = data?.items[0];
  const keep = status && keepText(status.keep, texts);
  return (
    <>
      <Stack gap="sm">
        <Group justify="space-between" align="start">
          <div>
            <Title order={2} size="h4">
              {texts.title}
            </Title>
            <Text size="sm" c="dimmed">
              {status?.schedule
                ? texts.scheduled(status.schedule, status.timeZone, keep ?? '')
                : texts.byHand}
              {status?.nextAt && ` ${texts.next(format.time(status.nextAt))}`}
            </Text>
          </div>
          {mayAct && <BackUpNow tenant={tenant} />}
        </Group>
        <BackupsTable pages={pages} keep={keep} />
      </Stack>
      <RestoreAt tenant={tenant} backups={pages} />
    </>
  );
}

function BackUpNow({ tenant }: { tenant: Tenant }) {
  const { backups: texts } = useTexts();
  const params = { path: { tenant: tenant.id } };
  const backUp = useStart(() => answer(api.POST('/tenants/{tenant}/backups', { params, body: {} })));
  return (
    <ConfirmButton label={texts.backUp} target={tenant.slug} change={backUp}>
      {texts.backUpHint}
    </ConfirmButton>
  );
}
