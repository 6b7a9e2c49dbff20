import { Anchor, Group, NativeSelect, Progress, Text } from '@mantine/core';
import { Link, useSearchParams } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { PageTitle } from '../../parts/page-title.js';
import { StatusBadge } from '../../parts/status.js';
import { useTexts } from '../../texts/texts.js';
import type { Operation } from './watch-operation.js';

const STATES = ['running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
const LIVE_MS = 5_000;

export function Operations() {
  const { operations: texts, statuses } = useTexts();
  const [params, setParams] = useSearchParams();
  const state = STATES.find((each) => each === params.get('state'));
  return (
    <>
      <PageTitle title={texts.title} />
      <Group mb="md">
        <NativeSelect
          aria-label={texts.anyState}
          value={state ?? ''}
          onChange={({ currentTarget: { value } }) =>
            setParams(value ? { state: value } : {}, { replace: true })
          }
          data={[
            { value: '', label: texts.anyState },
            ...STATES.map((value) => ({ value, label: statuses[value] })),
          ]}
        />
      </Group>
      <OperationsTable state={state} />
    </>
  );
}

/** Latest first. */
export function OperationsTable({
  state,
  tenant,
  kind,
}: {
  state?: Operation['state'];
  tenant?: string;
  kind?: string;
}) {
  const { operations: texts } = useTexts();
  const pages = usePages<Operation>(
    ['operations', { state, tenant, kind }],
    (cursor, signal) =>
      answer(
        api.GET('/operations', { params: { query: { state, tenant, kind, cursor, limit: 50 } }, signal }),
      ),
    { refetchInterval: LIVE_MS },
  );
  return (
    <Listing
      label={texts.title}
      pages={pages}
      keyOf={({ id }) => id}
      columns={[
        {
          header: texts.columns.kind,
          cell: ({ id, kind }) => (
            <Anchor component={Link} to={`/operations/${id}`} size="sm">
              {kind}
            </Anchor>
          ),
        },
        { header: texts.columns.state, cell: (operation) => <StatusBadge status={operation.state} /> },
        {
          header: texts.columns.progress,
          cell: ({ progress, state: now, error }) =>
            error ? (
              <Text size="sm" lineClamp={2}>
                {error}
              </Text>
            ) : progress && now === 'running' ? (
              <Progress value={progress.percent} aria-label={texts.progress} w={120} />
            ) : null,
        },
        { header: texts.columns.by, cell: ({ actor }) => actor?.id ?? '–' },
        { header: texts.columns.begun, cell: ({ createdAt }) => <Moment at={createdAt} /> },
      ]}
    />
  );
}
