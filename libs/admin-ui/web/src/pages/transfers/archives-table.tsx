import { Anchor, Button, Group, Text } from '@mantine/core';
import { Link } from 'react-router';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { type Column, Listing } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { Download } from './download.js';
import { ARCHIVES_CHANGED, type Archive, useArchiveName, type useArchives } from './use-archives.js';

interface ArchivesTableProps {
  readonly pages: ReturnType<typeof useArchives>;
  readonly isOfAll?: boolean;
}

/** Archives that are kept, latest first. Viewers see that there are some, and no more. */
export function ArchivesTable({ pages, isOfAll = false }: ArchivesTableProps) {
  const { transfers: texts } = useTexts();
  const format = useFormat();
  const mayAct = useMay('operator');
  const ofTenant: Column<Archive> = {
    header: texts.columns.tenant,
    cell: ({ slug, tenantId }) => (
      <Anchor component={Link} to={`/tenants/${tenantId}/transfers`} size="sm">
        {slug}
      </Anchor>
    ),
  };
  return (
    <Listing
      label={texts.archives}
      pages={pages}
      keyOf={({ id }) => id}
      columns={[
        ...(isOfAll ? [ofTenant] : []),
        {
          header: texts.columns.made,
          cell: ({ createdAt, createdBy }) => (
            <>
              <Moment at={createdAt} />
              <Text size="xs" c="dimmed">
                {createdBy?.id}
              </Text>
            </>
          ),
        },
        {
          header: texts.columns.size,
          cell: ({ rows, sizeBytes }) => (
            <>
              {texts.rows(format.number(rows))}
              <Text size="xs" c="dimmed">
                {format.bytes(sizeBytes)}
              </Text>
            </>
          ),
        },
        { header: texts.columns.expires, cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
        ...(mayAct
          ? [
              {
                header: texts.columns.actions,
                cell: (archive: Archive) => (
                  <Group gap="xs" wrap="nowrap">
                    <Download archive={archive} />
                    <Button
                      component={Link}
                      to={`/transfers?export=${archive.id}`}
                      size="xs"
                      variant="default"
                      flex="none"
                    >
                      {texts.import}
                    </Button>
                    <Remove archive={archive} />
                  </Group>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

function Remove({ archive }: { archive: Archive }) {
  const { transfers: texts } = useTexts();
  const name = useArchiveName();
  const params = { path: { export: archive.id } };
  const remove = useChange(() => answer(api.DELETE('/exports/{export}', { params })), ARCHIVES_CHANGED);
  return (
    <ConfirmButton size="xs" isDangerous label={texts.remove} target={name(archive)} change={remove}>
      {texts.removeHint}
    </ConfirmButton>
  );
}
