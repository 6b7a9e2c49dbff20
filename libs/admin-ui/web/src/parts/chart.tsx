import { Paper, Text, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { useFormat } from '../texts/use-format.js';

export interface Line {
  readonly label: string;
  readonly color: { readonly light: string; readonly dark: string };
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The times are days of UTC. */
  readonly isByDay?: boolean;
}

const HEIGHT = 170;
/** With the line below it that names the values. */
const WHOLE_HEIGHT = 197;

/** A few lines over time. What it shows is said in words too, for those who do not see it. */
export function Chart({ title, times, lines, format, isByDay = false }: ChartProps) {
  const { clock, time, day } = useFormat();
  const [tick, moment] = isByDay ? [day, day] : [clock, time];
  const { ref, width } = useElementSize();
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    if (!holder.current || width === 0) return;
    const stroke = scheme === 'dark' ? '#b8b8b8' : '#545b63';
    const grid = { stroke: scheme === 'dark' ? '#3b3b3b' : '#e9ecef', width: 1 };
    const plot = new uPlot(
      {
        width,
        height: HEIGHT,
        cursor: { y: false },
        axes: [
          { stroke, grid, space: 70, values: (_plot, ticks) => ticks.map((at) => tick(at * 1_000)) },
          { stroke, grid, size: 70, values: (_plot, ticks) => ticks.map(format) },
        ],
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(high, 1) * 1.05] } },
        series: [
          { value: (_plot: uPlot, at: number | null) => (at === null ? '–' : moment(at * 1_000)) },
          ...lines.map(({ label, color }) => ({
            label,
            stroke: color[scheme],
            width: 2,
            value: (_plot: uPlot, value: number | null) => (value === null ? '–' : format(value)),
          })),
        ],
      },
      [times.map((time) => time / 1_000), ...lines.map(({ values }) => [...values])],
      holder.current,
    );
    return () => plot.destroy();
  }, [width, scheme, times, lines, format, tick, moment]);
  const last = lines.map(({ label, values }) => `${label} ${format(values.at(-1) ?? 0)}`).join(', ');
  return (
    <Paper withBorder p="md">
      <Text fw={600} size="sm" mb="xs">
        {title}
      </Text>
      <div ref={ref} style={{ minHeight: WHOLE_HEIGHT }}>
        <div ref={holder} role="img" aria-label={`${title}: ${last}`} />
      </div>
    </Paper>
  );
}
