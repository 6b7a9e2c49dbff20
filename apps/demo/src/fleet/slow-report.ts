import { setTimeout as wait } from 'node:timers/promises';
import { DataSourceRegistry, type Tenant } from '@rowhouse/nestjs';

const EVERY_MS = 30_000;
/** Some hundred milliseconds of work for PostgreSQL. */
const CHANCES = 300_000;
const REPORT = `select products.name, sum(greatest(products.stock - chance, 0)) as left_over
  from products cross join generate_series(1::int, $1) as chance group by products.name order by products.name`;

/** A shop that runs a report which asks too much of the database, now and then: the admin app shows who is slow, and why. */
export async function runSlowReports(
  registry: DataSourceRegistry,
  tenant: Tenant,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // A shop that somebody has closed meanwhile, or a plan that cuts it off, is no error here.
    await registry
      .for(tenant, { signal })
      .query(REPORT, [CHANCES])
      .catch(() => {});
    await wait(EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
