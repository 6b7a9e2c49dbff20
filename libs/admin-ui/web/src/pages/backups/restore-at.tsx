import { Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { useStart } from '../operations/begun.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { BesideFields, type BesideTenant, besideBody, NEW_BESIDE } from './beside-fields.js';
import { useJournal } from './journal.js';
import { Restore } from './restore.js';
import { earliestOf, localInput, stateAt } from './state-at.js';
import type { Backup, useBackups } from './use-backups.js';

interface RestoreAtProps {
  readonly tenant: Tenant;
  /** `undefined` where the deployment has no backups. */
  readonly backups: ReturnType<typeof useBackups> | undefined;
}

/** A new tenant as this one was at a moment: exactly by the journal, or by the newest backup of before. */
export function RestoreAt({ tenant, backups }: RestoreAtProps) {
  const { backups: texts } = useTexts();
  const format = useFormat();
  const { data: journal } = useJournal(tenant);
  const [typed, setTyped] = useState('');
  const known = backups?.data?.pages.flatMap(({ items }) => items) ?? [];
  const sources = { journal, backups: known, now: new Date() };
  const at = typed === '' ? undefined : new Date(typed);
  const state = at && stateAt(at, sources);
  const earliest = earliestOf(sources);
  const { hasNextPage, isFetching, fetchNextPage } = backups ?? {};
  // An older backup may be on a page that is not loaded yet.
  const goesOn = at !== undefined && state === undefined && hasNextPage === true && isFetching === false;
  useEffect(() => {
    if (goesOn) void fetchNextPage?.();
  }, [goesOn, fetchNextPage]);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm" align="start">
        <Title order={2} size="h4">
          {texts.asItWas}
        </Title>
        <TextInput
          type="datetime-local"
          label={texts.moment(tenant.slug)}
          description={earliest ? texts.since(format.time(earliest.toISOString())) : texts.noState}
          step={1}
          min={earliest && localInput(earliest)}
          max={localInput(sources.now)}
          disabled={!earliest}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        {state?.by === 'journal' && (
          <>
            <Text size="sm">{texts.byJournal}</Text>
            <Rewind tenant={tenant} at={state.at} />
          </>
        )}
        {state?.by === 'backup' && <ByBackup backup={state.backup} />}
        {at && !state && !goesOn && !isFetching && <Text size="sm">{texts.noStateThen}</Text>}
      </Stack>
    </Paper>
  );
}

function ByBackup({ backup }: { backup: Backup }) {
  const { backups: texts } = useTexts();
  const format = useFormat();
  return (
    <>
      <Text size="sm">{texts.byBackup(format.time(backup.takenAt))}</Text>
      <Restore backup={backup} size="sm" />
    </>
  );
}

function Rewind({ tenant, at }: { tenant: Tenant; at: Date }) {
  const { backups: texts } = useTexts();
  const format = useFormat();
  const [given, setGiven] = useState<BesideTenant>(NEW_BESIDE);
  const params = { path: { tenant: tenant.id } };
  const rewind = useStart(() =>
    answer(
      api.POST('/tenants/{tenant}/rewinds', { params, body: { ...besideBody(given), at: at.toISOString() } }),
    ),
  );
  return (
    <ConfirmButton
      label={texts.rewind}
      target={`${tenant.slug}, ${format.time(at.toISOString())}`}
      change={rewind}
    >
      <Stack>
        <Text size="sm">{texts.restoreHint(tenant.slug)}</Text>
        <BesideFields value={given} onChange={setGiven} />
      </Stack>
    </ConfirmButton>
  );
}
