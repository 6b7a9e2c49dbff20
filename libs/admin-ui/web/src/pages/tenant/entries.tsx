import { Alert, Button, Checkbox, Group, Paper, Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import type { Tenant } from '../tenants/tenant-filters.js';

type Entry = AdminSchemas['schemas']['OperatorEntry'];

const changedBy = (tenant: Tenant) => [['tenant', tenant.id, 'entries'], ['me', 'entries'], ['audit']];

/** Break-glass: operators who have entered the tenant, and a way in. */
export function Entries({ tenant }: { tenant: Tenant }) {
  const { entries: texts } = useTexts();
  const mayChange = useMay('operator');
  const pages = usePages<Entry>(['tenant', tenant.id, 'entries'], (cursor, signal) =>
    answer(
      api.GET('/tenants/{tenant}/entries', {
        params: { path: { tenant: tenant.id }, query: { cursor } },
        signal,
      }),
    ),
  );
  return (
    <Stack gap="xl">
      {mayChange && <NewEntry tenant={tenant} />}
      <Listing
        label={texts.title}
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          { header: texts.columns.operator, cell: ({ operator }) => operator.id },
          {
            header: texts.columns.reason,
            cell: ({ reason }) => (
              <Text size="sm" className="code">
                {reason}
              </Text>
            ),
          },
          { header: texts.columns.access, cell: ({ readOnly }) => (readOnly ? texts.reads : texts.writes) },
          { header: texts.columns.begun, cell: ({ createdAt }) => <Moment at={createdAt} /> },
          {
            header: texts.columns.ended,
            cell: ({ endedAt, endedBy, expiresAt }) => (
              <>
                <Moment at={endedAt ?? expiresAt} />
                {endedBy && (
                  <Text size="xs" c="dimmed">
                    {texts.endedBy(endedBy.id)}
                  </Text>
                )}
              </>
            ),
          },
          { header: texts.columns.state, cell: ({ state }) => <StatusBadge status={state} /> },
          ...(mayChange
            ? [
                {
                  header: texts.columns.actions,
                  cell: (entry: Entry) =>
                    entry.state === 'active' ? <End tenant={tenant} entry={entry} /> : null,
                },
              ]
            : []),
        ]}
      />
    </Stack>
  );
}

function End({ tenant, entry }: { tenant: Tenant; entry: Entry }) {
  const { entries: texts } = useTexts();
  const params = { path: { tenant: tenant.id, entry: entry.id } };
  const end = useChange(
    () => answer(api.DELETE('/tenants/{tenant}/entries/{entry}', { params })),
    changedBy(tenant),
  );
  return (
    <ConfirmButton
      size="xs"
      isDangerous
      label={texts.end}
      target={`${entry.operator.id} (${tenant.slug})`}
      change={end}
    >
      {texts.endHint}
    </ConfirmButton>
  );
}

function NewEntry({ tenant }: { tenant: Tenant }) {
  const { entries: texts } = useTexts();
  const mayWrite = useMay('owner') && tenant.status === 'active';
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState('15');
  const [writes, setWrites] = useState(false);
  const [token, setToken] = useState<string>();
  const begin = useChange(
    () =>
      answer(
        api.POST('/tenants/{tenant}/entries', {
          params: { path: { tenant: tenant.id } },
          body: { reason: reason.trim(), minutes: Number(minutes), readOnly: !(mayWrite && writes) },
        }),
      ),
    changedBy(tenant),
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await begin.mutateAsync().then(
      (begun) => {
        setToken(begun.token);
        setReason('');
        setWrites(false);
      },
      () => {},
    );
  };
  if (token)
    return (
      <Stack>
        <SecretOnce
          label={texts.header(tenant.slug)}
          value={`Rowhouse-Entry: ${token}`}
          onDone={() => setToken(undefined)}
        />
        <Text size="sm" c="dimmed" maw={720}>
          {texts.howTo}
        </Text>
      </Stack>
    );
  if (!['active', 'suspended'].includes(tenant.status))
    return <Alert color="gray" variant="outline" title={texts.closed} />;
  return (
    <Paper withBorder p="md" maw={720}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" c="dimmed">
            {texts.hint}
          </Text>
          <Textarea
            label={texts.reason}
            description={texts.reasonHint}
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
            maxLength={500}
            autosize
            minRows={2}
            required
          />
          <TextInput
            type="number"
            w={160}
            label={texts.minutes}
            value={minutes}
            onChange={({ currentTarget }) => setMinutes(currentTarget.value)}
            min={1}
            max={60}
            required
          />
          {mayWrite && (
            <Checkbox
              label={texts.mayWrite}
              description={texts.mayWriteHint}
              checked={writes}
              onChange={({ currentTarget }) => setWrites(currentTarget.checked)}
            />
          )}
          <ProblemAlert error={begin.error} />
          <Group>
            <Button
              type="submit"
              color={writes ? 'red' : undefined}
              loading={begin.isPending}
              disabled={reason.trim().length < 10}
            >
              {texts.enter(tenant.slug)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
