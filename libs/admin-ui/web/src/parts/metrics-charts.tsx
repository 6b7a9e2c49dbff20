import { SimpleGrid, Skeleton, Text } from '@mantine/core';
import type { AdminPaths } from '@rowhouse/client';
import { useMemo } from 'react';
import { useTexts } from '../texts/texts.js';
import { useFormat } from '../texts/use-format.js';
import { Chart } from './chart.js';

export type Series =
  AdminPaths['/metrics/global/series']['get']['responses'][200]['content']['application/json']['items'];

const BLUE = { light: '#1864ab', dark: '#74c0fc' };
const RED = { light: '#c92a2a', dark: '#ff8787' };
const GREEN = { light: '#2b8a3e', dark: '#8ce99a' };

const COLUMNS = { base: 1, lg: 3 };
const CHART_PX = 261;

/** Room for the charts, as long as their numbers are not there. */
export function ChartsToCome() {
  return (
    <SimpleGrid cols={COLUMNS}>
      {['requests', 'latency', 'databaseTime'].map((chart) => (
        <Skeleton key={chart} height={CHART_PX} />
      ))}
    </SimpleGrid>
  );
}

/** Requests, latency and database time, by the minute or hour. */
export function MetricsCharts({ series: all }: { series: Series }) {
  const { metrics: texts } = useTexts();
  const format = useFormat();
  // The last one is not over: it would look like a fall.
  const series = useMemo(() => (all.length > 1 ? all.slice(0, -1) : all), [all]);
  const charts = useMemo(
    () => [
      {
        title: texts.requests,
        format: format.number,
        lines: [
          { label: texts.requests, color: BLUE, values: series.map(({ requests }) => requests) },
          { label: texts.errors, color: RED, values: series.map(({ responses5xx }) => responses5xx) },
        ],
      },
      {
        title: texts.latency,
        format: format.duration,
        lines: [
          { label: 'p50', color: GREEN, values: series.map(({ latencyMs }) => latencyMs?.p50 ?? null) },
          { label: 'p95', color: BLUE, values: series.map(({ latencyMs }) => latencyMs?.p95 ?? null) },
        ],
      },
      {
        title: texts.databaseTime,
        format: format.duration,
        lines: [
          { label: texts.databaseTime, color: BLUE, values: series.map(({ databaseMs }) => databaseMs) },
        ],
      },
    ],
    [series, texts, format],
  );
  const times = useMemo(() => series.map(({ time }) => Date.parse(time)), [series]);
  if (series.length === 0) return <Text c="dimmed">{texts.none}</Text>;
  return (
    <SimpleGrid cols={COLUMNS}>
      {charts.map((chart) => (
        <Chart key={chart.title} {...chart} times={times} />
      ))}
    </SimpleGrid>
  );
}
