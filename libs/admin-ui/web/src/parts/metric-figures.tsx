import { SimpleGrid } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import type { ReactNode } from 'react';
import { useTexts } from '../texts/texts.js';
import { useFormat } from '../texts/use-format.js';
import { Figure } from './figure.js';

type Metrics = Pick<AdminSchemas['schemas']['FleetMetrics'], 'lastHour' | 'requestsPerSecond' | 'storage'>;

/** Pixels of one row of them. */
export const FIGURES_PX = 124;

/** The last hour in a few numbers. */
export function MetricFigures({ metrics, children }: { metrics: Metrics; children?: ReactNode }) {
  const { metrics: texts } = useTexts();
  const format = useFormat();
  const { lastHour, requestsPerSecond, storage } = metrics;
  const columns = children ? 6 : 5;
  const bytes = storage && storage.tableBytes + storage.indexBytes + storage.toastBytes;
  return (
    <SimpleGrid type="container" cols={{ base: 2, '600px': 3, '900px': columns }}>
      {children}
      <Figure
        label={texts.requestsLastHour}
        hint={texts.perSecond(format.number(requestsPerSecond.oneMinute))}
      >
        {format.number(lastHour.requests)}
      </Figure>
      <Figure
        label={texts.errors}
        hint={lastHour.requests > 0 ? format.percent(lastHour.responses5xx / lastHour.requests) : undefined}
      >
        {format.number(lastHour.responses5xx)}
      </Figure>
      <Figure
        label={texts.latencyP95}
        hint={lastHour.latencyMs && `p50 ${format.duration(lastHour.latencyMs.p50)}`}
      >
        {lastHour.latencyMs ? format.duration(lastHour.latencyMs.p95) : '–'}
      </Figure>
      <Figure label={texts.databaseTime} hint={texts.statements(format.number(lastHour.statements))}>
        {format.duration(lastHour.databaseMs)}
      </Figure>
      <Figure label={texts.storage}>{bytes === null ? '–' : format.bytes(bytes)}</Figure>
    </SimpleGrid>
  );
}
