import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'react-router';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { type Column, Listing } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { useStart } from '../operations/begun.js';
import { Restore } from './restore.js';
import { BACKUPS_CHANGED, type Backup, useBackupName, type useBackups } from './use-backups.js';

interface BackupsTableProps {
  readonly pages: ReturnType<typeof useBackups>;
  /** What is kept of scheduled backups. */
  readonly keep?: string | undefined;
  readonly isOfAll?: boolean;
}

/** Backups, latest first, and what can be done with each. */
export function BackupsTable({ pages, keep, isOfAll = false }: BackupsTableProps) {
  const { backups: texts } = useTexts();
  const format = useFormat();
  const mayAct = useMay('operator');
  const mayDelete = useMay('owner');
  const ofTenant: Column<Backup> = {
    header: texts.columns.tenant,
    cell: ({ slug, tenantId }) => (
      <Anchor component={Link} to={`/tenants/${tenantId}/backups`} size="sm">
        {slug}
      </Anchor>
    ),
  };
  return (
    <Listing
      label={texts.list}
      pages={pages}
      keyOf={({ id }) => id}
      columns={[
        ...(isOfAll ? [ofTenant] : []),
        {
          header: texts.columns.taken,
          cell: ({ takenAt, kind }) => (
            <>
              <Moment at={takenAt} />
              <Text size="xs" c="dimmed">
                {texts.kinds[kind]}
              </Text>
            </>
          ),
        },
        {
          header: texts.columns.state,
          cell: ({ state, error }) => (
            <>
              <StatusBadge status={state} />
              {error && (
                <Text size="xs" maw={320} className="code">
                  {error}
                </Text>
              )}
            </>
          ),
        },
        {
          header: texts.columns.size,
          cell: ({ rows, bytes }) =>
            rows === null || bytes === null ? (
              '–'
            ) : (
              <>
                {texts.rows(format.number(rows))}
                <Text size="xs" c="dimmed">
                  {format.bytes(bytes)}
                </Text>
              </>
            ),
        },
        {
          header: texts.columns.proven,
          cell: ({ provenAt }) => (provenAt ? <Moment at={provenAt} /> : texts.notProven),
        },
        ...(isOfAll
          ? []
          : [
              {
                header: texts.columns.kept,
                cell: ({ kind }: Backup) => (
                  <Text size="sm" maw={200}>
                    {kind === 'manual' || !keep ? texts.keptForGood : keep}
                  </Text>
                ),
              },
            ]),
        ...(mayAct
          ? [
              {
                header: texts.columns.actions,
                cell: (backup: Backup) => (
                  <Group gap="xs" wrap="nowrap">
                    {backup.state === 'complete' && (
                      <>
                        <Restore backup={backup} />
                        <Prove backup={backup} />
                      </>
                    )}
                    {mayDelete && backup.state !== 'running' && <Remove backup={backup} />}
                  </Group>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

function Prove({ backup }: { backup: Backup }) {
  const { backups: texts } = useTexts();
  const name = useBackupName();
  const params = { path: { backup: backup.id } };
  const prove = useStart(() => answer(api.POST('/backups/{backup}/proofs', { params })));
  return (
    <ConfirmButton size="xs" label={texts.prove} target={name(backup)} change={prove}>
      {texts.proveHint}
    </ConfirmButton>
  );
}

function Remove({ backup }: { backup: Backup }) {
  const { backups: texts } = useTexts();
  const name = useBackupName();
  const params = { path: { backup: backup.id } };
  const remove = useChange(() => answer(api.DELETE('/backups/{backup}', { params })), BACKUPS_CHANGED);
  return (
    <ConfirmButton size="xs" isDangerous label={texts.remove} target={name(backup)} change={remove}>
      {texts.removeHint}
    </ConfirmButton>
  );
}
