import { Anchor, Stack, Text, Title } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { Link } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { PageTitle } from '../../parts/page-title.js';
import { StatusBadge } from '../../parts/status.js';
import { useTexts } from '../../texts/texts.js';
import { Begun } from '../operations/begun.js';
import { Declared } from '../transfers/declared.js';
import { MadeTenant } from '../transfers/made-tenant.js';
import { BackupsTable } from './backups-table.js';
import { keepText } from './keep-text.js';
import { BACKUPS_CHANGED, useBackups } from './use-backups.js';

type BackupStatus = AdminSchemas['schemas']['BackupStatus'];

/** The backups of all tenants. */
export function Backups() {
  const { backups: texts } = useTexts();
  return (
    <>
      <PageTitle title={texts.title} />
      <Declared needs="backups">
        {() => (
          <Stack gap="xl">
            <Begun touched={BACKUPS_CHANGED}>{(operation) => <MadeTenant operation={operation} />}</Begun>
            <div>
              <Title order={2} size="h4">
                {texts.standing}
              </Title>
              <Text size="sm" c="dimmed" mb="xs">
                {texts.standingHint}
              </Text>
              <Standing />
            </div>
            <div>
              <Title order={2} size="h4" mb="xs">
                {texts.list}
              </Title>
              <AllBackups />
            </div>
          </Stack>
        )}
      </Declared>
    </>
  );
}

function Standing() {
  const { backups: texts } = useTexts();
  const pages = usePages<BackupStatus>(['backups', 'status'], (cursor, signal) =>
    answer(api.GET('/backups/tenants', { params: { query: { cursor } }, signal })),
  );
  return (
    <Listing
      label={texts.standing}
      pages={pages}
      keyOf={({ tenantId }) => tenantId}
      columns={[
        {
          header: texts.columns.tenant,
          cell: ({ slug, plan }) => (
            <>
              <Anchor component={Link} to={`/tenants/${slug}/backups`} size="sm">
                {slug}
              </Anchor>
              <Text size="xs" c="dimmed">
                {plan}
              </Text>
            </>
          ),
        },
        { header: texts.columns.last, cell: (status) => <Last {...status} /> },
        { header: texts.columns.lastGood, cell: ({ lastGoodAt }) => <Moment at={lastGoodAt} /> },
        {
          header: texts.columns.schedule,
          cell: ({ schedule, timeZone, keep }) =>
            schedule ? (
              <>
                <Text size="sm" ff="monospace">
                  {schedule}
                </Text>
                <Text size="xs" c="dimmed">
                  {timeZone} · {keepText(keep, texts)}
                </Text>
              </>
            ) : (
              texts.onlyByHand
            ),
        },
        { header: texts.columns.next, cell: ({ nextAt }) => <Moment at={nextAt} /> },
      ]}
    />
  );
}

function Last({ last, hasFailed }: BackupStatus) {
  const { backups: texts } = useTexts();
  if (!last) return <Text size="sm">{texts.never}</Text>;
  return (
    <>
      <StatusBadge status={hasFailed ? 'failed' : last.state} />
      <Text size="xs" c="dimmed" maw={320} className="code">
        {last.error ?? (last.provenAt ? texts.proven : texts.notProven)}
      </Text>
    </>
  );
}

function AllBackups() {
  return <BackupsTable pages={useBackups()} isOfAll />;
}
