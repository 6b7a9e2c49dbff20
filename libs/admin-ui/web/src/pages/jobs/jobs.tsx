import { Anchor, Group, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import type { AdminSchemas } from '@rowhouse/client';
import { Link, useSearchParams } from 'react-router';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { PageTitle } from '../../parts/page-title.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { JobCounts } from './job-counts.js';

type Job = AdminSchemas['schemas']['Job'];

const STATES = ['waiting', 'running', 'completed', 'failed', 'cancelled'] as const;
const LIVE_MS = 5_000;

/** What waits, runs and has failed, by name and by tenant. */
export function Jobs() {
  const { jobs: texts, statuses } = useTexts();
  const [params, setParams] = useSearchParams();
  const set = (name: string, value: string) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (value.trim()) after.set(name, value.trim());
        else after.delete(name);
        return after;
      },
      { replace: true },
    );
  const typed = useDebouncedCallback(set, 300);
  const state = STATES.find((each) => each === params.get('state'));
  const tenant = params.get('tenant') || undefined;
  const name = params.get('name') || undefined;
  return (
    <>
      <PageTitle title={texts.title} />
      <Stack gap="lg">
        <JobCounts tenant={tenant} />
        <div>
          <Title order={2} size="h4" mb="xs">
            {texts.list}
          </Title>
          <Group mb="md">
            {(['tenant', 'name'] as const).map((field) => (
              <TextInput
                // A link of the counts changes it, too.
                key={`${field} ${params.get(field) ?? ''}`}
                type="search"
                aria-label={texts.filters[field]}
                placeholder={texts.filters[field]}
                defaultValue={params.get(field) ?? ''}
                onChange={({ currentTarget }) => typed(field, currentTarget.value)}
              />
            ))}
            <NativeSelect
              aria-label={texts.filters.state}
              value={state ?? ''}
              onChange={({ currentTarget }) => set('state', currentTarget.value)}
              data={[
                { value: '', label: texts.filters.state },
                ...STATES.map((value) => ({ value, label: statuses[value] })),
              ]}
            />
          </Group>
          <JobsTable filter={{ tenant, name, state }} />
        </div>
      </Stack>
    </>
  );
}

interface JobsTableProps {
  readonly filter: {
    readonly tenant: string | undefined;
    readonly name: string | undefined;
    readonly state: Job['state'] | undefined;
  };
}

/** Latest first. */
function JobsTable({ filter }: JobsTableProps) {
  const { jobs: texts } = useTexts();
  const mayChange = useMay('operator');
  const pages = usePages<Job>(
    ['jobs', filter],
    (cursor, signal) =>
      answer(api.GET('/jobs', { params: { query: { ...filter, cursor, limit: 50 } }, signal })),
    { refetchInterval: LIVE_MS },
  );
  return (
    <Listing
      label={texts.list}
      pages={pages}
      keyOf={({ id }) => id}
      columns={[
        {
          header: texts.columns.name,
          cell: ({ id, name }) => (
            <>
              {name}
              <Text size="xs" c="dimmed" ff="monospace">
                {id}
              </Text>
            </>
          ),
        },
        {
          header: texts.columns.tenant,
          cell: ({ tenantId, tenantSlug }) =>
            tenantSlug ? (
              <Anchor component={Link} to={`/tenants/${encodeURIComponent(tenantSlug)}`} size="sm">
                {tenantSlug}
              </Anchor>
            ) : (
              <Text size="xs" ff="monospace">
                {tenantId}
              </Text>
            ),
        },
        {
          header: texts.columns.state,
          cell: ({ state, isHeld }) => (
            <>
              <StatusBadge status={state} />
              {isHeld && (
                <Text size="xs" c="dimmed">
                  {texts.held}
                </Text>
              )}
            </>
          ),
        },
        { header: texts.columns.due, cell: ({ runAt, endedAt }) => <Moment at={endedAt ?? runAt} /> },
        {
          header: texts.columns.attempts,
          cell: ({ attempts, failure }) => (
            <>
              {attempts}
              {failure && (
                <Text size="xs" className="code" c="red" lineClamp={3}>
                  {failure}
                </Text>
              )}
            </>
          ),
        },
        ...(mayChange
          ? [{ header: texts.columns.actions, cell: (job: Job) => <JobActions job={job} /> }]
          : []),
      ]}
    />
  );
}

function JobActions({ job: { id, state, name, tenantSlug } }: { job: Job }) {
  const { jobs: texts } = useTexts();
  const params = { path: { id } };
  const retry = useChange(() => answer(api.POST('/jobs/{id}/retry', { params })), [['jobs']]);
  const cancel = useChange(() => answer(api.POST('/jobs/{id}/cancel', { params })), [['jobs']]);
  if (state === 'completed') return null;
  const target = `${name} (${tenantSlug ?? id})`;
  // Each has a key: the question of the one is not that of the other.
  return state === 'failed' || state === 'cancelled' ? (
    <ConfirmButton key="retry" size="xs" label={texts.retry} target={target} change={retry}>
      {texts.retryHint}
    </ConfirmButton>
  ) : (
    <ConfirmButton key="cancel" size="xs" label={texts.cancel} target={target} change={cancel}>
      {texts.cancelHint}
    </ConfirmButton>
  );
}
