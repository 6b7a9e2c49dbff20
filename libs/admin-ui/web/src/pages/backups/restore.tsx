import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { useTexts } from '../../texts/texts.js';
import { useStart } from '../operations/begun.js';
import { BesideFields, type BesideTenant, besideBody, NEW_BESIDE } from './beside-fields.js';
import { type Backup, useBackupName } from './use-backups.js';

/** Makes a new tenant of a backup, beside the one that is in service. */
export function Restore({ backup, size = 'xs' }: { backup: Backup; size?: 'xs' | 'sm' }) {
  const { backups: texts } = useTexts();
  const name = useBackupName();
  const [given, setGiven] = useState<BesideTenant>(NEW_BESIDE);
  const params = { path: { backup: backup.id } };
  const restore = useStart(() =>
    answer(api.POST('/backups/{backup}/restores', { params, body: besideBody(given) })),
  );
  return (
    <ConfirmButton size={size} label={texts.restore} target={name(backup)} change={restore}>
      <Stack>
        <Text size="sm">{texts.restoreHint(backup.slug)}</Text>
        <BesideFields value={given} onChange={setGiven} />
      </Stack>
    </ConfirmButton>
  );
}
