import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import fc from 'fast-check';
import {
  type GeneratedHome,
  type GeneratedSchema,
  homeOf,
  schemaArbitrary,
} from './generated-schemas.fixture.js';
import { importTenant } from './import/import-tenant.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

/** How many schemas each pair of isolations gets: `ROUND_TRIPS=40 npm test -- generated-round-trips`. */
const RUNS = Number(process.env['ROUND_TRIPS'] ?? 1);
/** `ROUND_TRIP_SEED` repeats a run. */
const SEED = process.env['ROUND_TRIP_SEED'];

const ISOLATIONS: readonly TenantIsolation[] = ['schema', 'row', 'database'];
const PAIRS = ISOLATIONS.flatMap((from) => ISOLATIONS.map((to) => [from, to] as const));

async function contentOf(
  deployment: TransferDeployment,
  fleet: Fleet,
  tenant: Tenant,
  { reads }: GeneratedHome,
) {
  const content: Record<string, readonly string[]> = {};
  for (const read of reads)
    content[read] = (await deployment.query(fleet, tenant, read)).map((row) => JSON.stringify(row)).sort();
  return content;
}

/** Of tenants whose sequences are their own. */
async function sequencesOf(deployment: TransferDeployment, fleet: Fleet, tenant: Tenant) {
  return deployment.asOwner(
    fleet,
    tenant,
    `select sequencename, last_value from pg_sequences where schemaname = '${fleet.deployment.schemaOf(tenant)}' order by 1`,
  );
}

async function roundTrip(schema: GeneratedSchema, from: TenantIsolation, to: TenantIsolation): Promise<void> {
  const source = await TransferDeployment.open();
  // Tables of row tenants are the same within a deployment, and so are their keys.
  const isElsewhere = from === 'row' && to === 'row';
  const target = isElsewhere ? await TransferDeployment.open() : source;
  try {
    const isShared = from === 'row' || to === 'row';
    const homeAt = ({ roles }: TransferDeployment) =>
      homeOf(schema, { isShared, systemRole: `${roles}_system` });
    const fleetAt = (deployment: TransferDeployment) =>
      deployment.fleet([migration('Generated1757000000001', homeAt(deployment).migrations)]);
    const there = await fleetAt(source);
    const here = isElsewhere ? await fleetAt(target) : there;
    const home = homeAt(source);
    const acme = await there.tenants.create({ slug: 'acme', isolation: from });
    for (const text of home.rows)
      await (text.startsWith('--owner ')
        ? source.asOwner(
            there,
            acme,
            `${text.slice(8).replace('view "', `view ${there.deployment.schemaOf(acme)}."`)}`,
          )
        : source.query(there, acme, text));
    const { tenant } = await importTenant(here, await source.archive(there, acme), {
      slug: 'copy',
      isolation: to,
    });
    expect(await contentOf(target, here, tenant, home)).toEqual(await contentOf(source, there, acme, home));
    if (!isShared)
      expect(await sequencesOf(target, here, tenant)).toEqual(await sequencesOf(source, there, acme));
    expect((await here.drift()).drifted).toEqual([]);
  } finally {
    await source.close();
    if (isElsewhere) await target.close();
  }
}

describe('generated schemas', () => {
  it.each(PAIRS)(
    'arrive row for row and object for object: from isolation %s to %s',
    async (from, to) => {
      await fc.assert(
        fc.asyncProperty(schemaArbitrary, (schema) => roundTrip(schema, from, to)),
        { numRuns: RUNS, endOnFailure: true, ...(SEED !== undefined && { seed: Number(SEED) }) },
      );
    },
    RUNS * 60_000,
  );
});
