import { Anchor, Box, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import type { AdminSchemas } from '@rowhouse/client';
import { Link, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.js';
import { Listing, usePages } from '../parts/listing.js';
import { Moment } from '../parts/moment.js';
import { PageTitle } from '../parts/page-title.js';
import { useTexts } from '../texts/texts.js';

type Entry = AdminSchemas['schemas']['AuditEntry'];

const FILTERS = ['tenant', 'actor', 'action'] as const;

export function AuditPage() {
  const { audit: texts } = useTexts();
  const [params, setParams] = useSearchParams();
  const set = useDebouncedCallback((name: string, value: string) => {
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (value.trim()) after.set(name, value.trim());
        else after.delete(name);
        return after;
      },
      { replace: true },
    );
  }, 300);
  const filter = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) || undefined]));
  return (
    <>
      <PageTitle title={texts.title} />
      <Group mb="md">
        {FILTERS.map((name) => (
          <TextInput
            key={name}
            w={{ base: '100%', xs: 'auto' }}
            type="search"
            aria-label={texts.filters[name]}
            placeholder={texts.filters[name]}
            defaultValue={params.get(name) ?? ''}
            onChange={({ currentTarget }) => set(name, currentTarget.value)}
          />
        ))}
      </Group>
      <AuditTable filter={filter} />
    </>
  );
}

interface AuditTableProps {
  readonly filter: Partial<Record<(typeof FILTERS)[number], string | undefined>>;
}

/** Who changed what, latest first. */
export function AuditTable({ filter }: AuditTableProps) {
  const { audit: texts } = useTexts();
  const pages = usePages<Entry>(['audit', filter], (cursor, signal) =>
    answer(api.GET('/audit', { params: { query: { ...filter, cursor, limit: 50 } }, signal })),
  );
  return (
    <Listing
      label={texts.title}
      pages={pages}
      keyOf={({ seq }) => seq}
      columns={[
        { header: texts.columns.at, cell: ({ at }) => <Moment at={at} /> },
        { header: texts.columns.actor, cell: ({ actor }) => actor?.id ?? '–' },
        {
          header: texts.columns.action,
          cell: ({ action, reason }) => (
            <>
              {action}
              {reason && (
                <Text size="xs" c="dimmed">
                  {reason}
                </Text>
              )}
            </>
          ),
        },
        {
          header: texts.columns.target,
          cell: ({ tenantId, target }) => (
            <Stack gap={0}>
              {tenantId && (
                <Anchor component={Link} to={`/tenants/${tenantId}`} size="sm">
                  {texts.toTenant}
                </Anchor>
              )}
              {target && (
                <Text size="xs" c="dimmed" className="code">
                  {target}
                </Text>
              )}
            </Stack>
          ),
        },
        { header: texts.columns.change, cell: (entry) => <Change entry={entry} /> },
      ]}
    />
  );
}

/** As much of a change as is shown before somebody asks for all of it. Nothing is measured: rows would move while they load. */
const SHOWN_LINES = 2;
const SHOWN_CHARACTERS = 60;

function Change({ entry: { before, after } }: { entry: Entry }) {
  const { parts } = useTexts();
  const [isOpen, { toggle }] = useDisclosure();
  const changes = changesOf(before, after);
  if (changes.length === 0) return null;
  const isLong = changes.length > SHOWN_LINES || changes.some(({ length }) => length > SHOWN_CHARACTERS);
  return (
    <Box maw={420}>
      {changes.slice(0, isOpen ? undefined : SHOWN_LINES).map((change) => (
        <Text key={change} size="xs" ff="monospace" className="code" lineClamp={isOpen ? undefined : 1}>
          {change}
        </Text>
      ))}
      {isLong && (
        <Anchor component="button" type="button" size="xs" aria-expanded={isOpen} onClick={toggle}>
          {isOpen ? parts.hide : parts.show}
        </Anchor>
      )}
    </Box>
  );
}

/** What differs, a line each. */
function changesOf(before: unknown, after: unknown): readonly string[] {
  const [old, now] = [Object(before), Object(after)] as [Record<string, unknown>, Record<string, unknown>];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]))
    .map(
      (key) =>
        `${key}: ${key in old ? `${JSON.stringify(old[key])} → ` : ''}${JSON.stringify(now[key]) ?? '–'}`,
    );
}
