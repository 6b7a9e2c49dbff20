import { Button, Group } from '@mantine/core';
import { answer, api } from '../../api/client.js';
import { downloadFile } from '../../parts/download-file.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { useTexts } from '../../texts/texts.js';
import type { UsageMonth } from './use-months.js';

type Format = 'csv' | 'ndjson';

interface ExportUsageProps {
  readonly month: UsageMonth;
  /** Of one tenant alone. */
  readonly tenant?: { readonly id: string; readonly slug: string };
}

/** The records of a month as a file, and its totals when it is closed. They are asked for with the token, which stands in no address. */
export function ExportUsage({ month: { month, isClosed }, tenant }: ExportUsageProps) {
  const { usage: texts } = useTexts();
  const records = useChange(async (format: Format) => {
    const query = { month, format, tenant: tenant?.id };
    const file = await answer(api.GET('/usage/export', { params: { query }, parseAs: 'blob' }));
    downloadFile(file, `usage-${tenant ? `${tenant.slug}-` : ''}${month}.${format}`);
  }, []);
  const totals = useChange(async () => {
    const params = { path: { month } };
    const file = await answer(api.GET('/usage/closes/{month}/export', { params, parseAs: 'blob' }));
    downloadFile(file, `usage-totals-${month}.csv`);
  }, []);
  return (
    <>
      <Group gap="xs">
        {(['csv', 'ndjson'] as const).map((format) => (
          <Button
            key={format}
            variant="default"
            size="xs"
            loading={records.isPending && records.variables === format}
            onClick={() => records.mutate(format)}
          >
            {texts.exports[format]}
          </Button>
        ))}
        {isClosed && !tenant && (
          <Button variant="default" size="xs" loading={totals.isPending} onClick={() => totals.mutate()}>
            {texts.exports.totals}
          </Button>
        )}
      </Group>
      <ProblemAlert error={records.error ?? totals.error} />
    </>
  );
}
