import { Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { answer, api } from '../../api/client.js';
import { Listing, usePages } from '../../parts/listing.js';
import { StatusBadge } from '../../parts/status.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';

type Home = AdminSchemas['schemas']['MigratedHome'];

const LIVE_MS = 2_000;

/** The homes of a run, wave by wave, with what failed. */
export function RunHomes({ id, isRunning }: { id: string; isRunning: boolean }) {
  const { migrations: texts } = useTexts();
  const format = useFormat();
  const pages = usePages<Home>(
    ['operation', id, 'homes', isRunning],
    (cursor, signal) =>
      answer(
        api.GET('/migrations/runs/{id}/homes', {
          params: { path: { id }, query: { cursor, limit: 100 } },
          signal,
        }),
      ),
    isRunning ? { refetchInterval: LIVE_MS } : {},
  );
  return (
    <Listing
      label={texts.homes}
      pages={pages}
      keyOf={({ label }) => label}
      columns={[
        { header: texts.columns.home, cell: ({ label }) => label },
        { header: texts.columns.wave, cell: ({ wave }) => format.number(wave) },
        { header: texts.columns.state, cell: ({ state }) => <StatusBadge status={state} /> },
        {
          header: texts.columns.time,
          cell: ({ durationMs }) => (durationMs === undefined ? '–' : format.duration(durationMs)),
        },
        {
          header: texts.columns.migrations,
          cell: ({ names, error }) => (
            <Text size="xs" className="code">
              {error ?? names.join(', ')}
            </Text>
          ),
        },
      ]}
    />
  );
}
