import { type Metric, Registry } from 'prom-client';

/** One line. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric whose values are read elsewhere: what prom-client asks of one. */
export class Family {
  samples: readonly Sample[] = [];

  constructor(
    readonly name: string,
    readonly help: string,
    readonly type: 'counter' | 'gauge' | 'histogram',
  ) {}

  get() {
    return { name: this.name, help: this.help, type: this.type, values: this.samples, aggregator: 'first' };
  }
}

/** Writes families in the text format of Prometheus. */
export function registryOf(families: readonly Family[]): Registry {
  const registry = new Registry();
  for (const family of families) registry.registerMetric(family as unknown as Metric);
  return registry;
}
