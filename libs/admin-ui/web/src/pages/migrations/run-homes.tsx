import { Code, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useState } from 'react';
import { answer, api } from '../../api/client.js';
import { Listing, usePages } from '../../parts/listing.js';
import { StatusBadge } from '../../parts/status.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { HomeName } from './home-name.js';

type Home = AdminSchemas['schemas']['MigratedHome'];

export const LIVE_MS = 2_000;
const SHOWN = ['all', 'failed', 'pending'] as const;

/** The homes of a run, with what failed, and at which statement. */
export function RunHomes({ id, isRunning }: { id: string; isRunning: boolean }) {
  const { migrations: texts } = useTexts();
  const format = useFormat();
  const [shown, setShown] = useState<(typeof SHOWN)[number]>('all');
  const state = shown === 'all' ? undefined : shown;
  const pages = usePages<Home>(
    ['operation', id, 'homes', isRunning, shown],
    (cursor, signal) =>
      answer(
        api.GET('/migrations/runs/{id}/homes', {
          params: { path: { id }, query: { state, cursor, limit: 100 } },
          signal,
        }),
      ),
    isRunning ? { refetchInterval: LIVE_MS } : {},
  );
  return (
    <Stack>
      <Group>
        <SegmentedControl
          aria-label={texts.homes}
          value={shown}
          onChange={setShown}
          data={SHOWN.map((value) => ({ value, label: texts.shown[value] }))}
        />
      </Group>
      <Listing
        label={texts.homes}
        pages={pages}
        keyOf={({ label }) => label}
        columns={[
          { header: texts.columns.home, cell: ({ label }) => <HomeName label={label} /> },
          { header: texts.columns.wave, isNumber: true, cell: ({ wave }) => format.number(wave) },
          { header: texts.columns.state, cell: (home) => <StatusBadge status={home.state} /> },
          {
            header: texts.columns.time,
            isNumber: true,
            cell: ({ durationMs }) => (
              <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
                {durationMs === undefined ? '–' : format.duration(durationMs)}
              </Text>
            ),
          },
          {
            header: texts.columns.migrations,
            cell: ({ names, error }) =>
              error ? (
                <Code block className="code">
                  {error}
                </Code>
              ) : (
                <Text size="xs" className="code">
                  {names.join(', ')}
                </Text>
              ),
          },
        ]}
      />
    </Stack>
  );
}
