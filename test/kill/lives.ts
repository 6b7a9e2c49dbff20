import type { Tenant } from '@rowhouse/core';
import { disagreements } from './agreement.js';
import type { Lane } from './lane.js';
import { oneOf, type Random } from './random.js';
import type { Strikes } from './strikes.js';

/** How many prewarmed homes are ready. */
const POOL_SIZE = 2;

/** Kills processes that create and purge tenants of these isolations. */
export async function killLives(
  lane: Lane,
  strikes: Strikes,
  random: Random,
  isolations: readonly [Tenant['isolation'], ...Tenant['isolation'][]],
  placement = 'default',
): Promise<void> {
  const check = () => disagreements(lane, [lane.release]);
  for (let n = 0; !strikes.isOver; n += 1) {
    const slug = `${lane.slug}-${n}`;
    const isolation = oneOf(random, isolations);
    const seeds = random() < 0.5;
    const isPrewarmed = isolation === 'schema' && placement === 'default' && random() < 0.4;
    if (isPrewarmed) await strikes.on({ label: 'prewarm', act: { do: 'prewarm', size: POOL_SIZE }, check });
    // A tenant with a chosen id cannot take over the id of a prewarmed home.
    const id = isPrewarmed ? undefined : crypto.randomUUID();
    const tenant = { slug, id, isolation, placement, metadata: seeds ? { seeded: true } : {} };
    const how = `${isolation}${seeds ? ', seeded' : ''}${isPrewarmed ? ', prewarmed' : ''}`;
    await strikes.on({ label: `create (${how})`, act: { do: 'create', tenant }, seeds, check });
    if (strikes.isOver) return;
    await lane.fleet.tenants.create({ ...tenant, ifNotExists: true });
    await lane.fleet.tenants.delete(slug);
    await strikes.on({ label: `purge (${isolation})`, act: { do: 'purge', slug }, check });
    await purgeWhatIsLeft(lane, slug);
  }
}

/** A victim that is killed before it starts to purge leaves the tenant unchanged. */
async function purgeWhatIsLeft({ fleet, tenants }: Lane, slug: string): Promise<void> {
  if ((await tenants()).some((tenant) => tenant.slug === slug))
    await fleet.tenants.purge(slug, { confirm: slug, beforeRetentionEnds: true });
}
