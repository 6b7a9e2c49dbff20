import { NativeSelect, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { CopyText } from '../../parts/copy-text.js';
import { Loaded } from '../../parts/loaded.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { type UsageMonth, useMonths } from './use-months.js';

const DECLARE = 'TenancyMetricsModule.forRoot({ usage: {} })';

/** What is shown of a month, which stands in the URL: the present one, until another is chosen. */
export function ChosenMonth({ children }: { children: (month: UsageMonth, choice: ReactNode) => ReactNode }) {
  const { usage: texts } = useTexts();
  const format = useFormat();
  const [params, setParams] = useSearchParams();
  const months = useMonths();
  return (
    <Loaded query={months}>
      {({ items }) => {
        const month = items.find((each) => each.month === params.get('month')) ?? items[0];
        if (!month)
          return (
            <Stack align="start">
              <Text>{texts.undeclared}</Text>
              <Text size="sm" c="dimmed">
                {texts.howToDeclare}
              </Text>
              <CopyText label={texts.howToDeclare} value={DECLARE} />
            </Stack>
          );
        return children(
          month,
          <NativeSelect
            aria-label={texts.month}
            value={month.month}
            onChange={({ currentTarget }) => setParams({ month: currentTarget.value }, { replace: true })}
            data={items.map((each) => ({
              value: each.month,
              label: `${format.month(each.month)} · ${each.isClosed ? texts.closed : texts.open}`,
            }))}
          />,
        );
      }}
    </Loaded>
  );
}
