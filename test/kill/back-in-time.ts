import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { diffTenants, enableJournal, rewindTenant, takeBack, undoTakeBack } from '@rowhouse/transfer';
import { disagreements } from './agreement.js';
import type { Lane } from './lane.js';
import { oneOf, type Random } from './random.js';
import type { Strikes } from './strikes.js';

const ROWS = 5_000;

/** Work on what rows were. */
export type BackInTimeAct =
  | { readonly do: 'take back'; readonly slug: string; readonly from: string }
  | { readonly do: 'undo take back'; readonly slug: string }
  | { readonly do: 'rewind'; readonly slug: string; readonly at: string; readonly to: string };

export async function goBack(fleet: Fleet, act: BackInTimeAct, signal: AbortSignal): Promise<void> {
  const tenant = await fleet.tenants.find(act.slug);
  if (act.do === 'take back')
    await takeBack(fleet, tenant, { from: await fleet.tenants.find(act.from) }, { signal });
  else if (act.do === 'undo take back') await undoTakeBack(fleet, tenant, { signal });
  else await rewindTenant(fleet, tenant, new Date(act.at), { slug: act.to, suspended: false }, { signal });
}

/** Kills processes that take rows back, undo that, and rewind a tenant. */
export async function killBackInTime(lane: Lane, strikes: Strikes, random: Random): Promise<void> {
  const { fleet, registry } = lane;
  const isolation = oneOf(random, ['schema', 'database'] as const);
  const live = await fleet.tenants.create({ slug: `${lane.slug}-live`, isolation });
  await registry
    .for(live)
    .query(`insert into products (name) select 'product ' || n from generate_series(1, $1) n`, [ROWS]);
  await enableJournal(fleet, live);
  const at = await momentOf(lane);
  const then = (await rewindTenant(fleet, live, at, { slug: `${lane.slug}-then`, suspended: false })).tenant;
  await registry.for(live).query(`update products set name = name || '!' where id % 3 = 0`);
  await registry.for(live).query('delete from products where id % 3 = 1');
  const now = (
    await rewindTenant(fleet, live, await momentOf(lane), { slug: `${lane.slug}-now`, suspended: false })
  ).tenant;
  const check = async () => [
    ...(await disagreements(lane, [lane.release])),
    ...((await isEqual(fleet, live, then)) || (await isEqual(fleet, live, now))
      ? []
      : [`${live.slug} is neither as it was, nor as it became.`]),
  ];
  for (let n = 0; !strikes.isOver; n += 1) {
    await strikes.on({
      label: `take back (${isolation})`,
      act: { do: 'take back', slug: live.slug, from: then.slug },
      isDone: () => isEqual(fleet, live, then),
      check,
    });
    if (strikes.isOver) return;
    // A victim that was killed before its commit has taken nothing back.
    await takeBack(fleet, live, { from: then });
    await strikes.on({
      label: `undo take back (${isolation})`,
      act: { do: 'undo take back', slug: live.slug },
      isDone: () => isEqual(fleet, live, now),
      check,
    });
    if (strikes.isOver) return;
    if (await isEqual(fleet, live, then)) await undoTakeBack(fleet, live);
    const to = `${lane.slug}-${n}`;
    const isThere = async () => (await lane.tenants()).some(({ slug }) => slug === to);
    await strikes.on({
      label: `rewind (${isolation})`,
      act: { do: 'rewind', slug: live.slug, at: at.toISOString(), to },
      isDone: isThere,
      check: async () => [...(await check()), ...(await notRewound(lane, to, then))],
    });
    if (await isThere()) {
      await fleet.tenants.delete(to);
      await fleet.tenants.purge(to, { confirm: to, beforeRetentionEnds: true });
    }
  }
}

/** A tenant is there with the rows of the moment, or not at all. */
async function notRewound(lane: Lane, slug: string, then: Tenant): Promise<readonly string[]> {
  const tenant = (await lane.tenants()).find((one) => one.slug === slug);
  if (!tenant || (await isEqual(lane.fleet, tenant, then))) return [];
  return [`${slug} is not as ${then.slug}.`];
}

async function isEqual(fleet: Fleet, one: Tenant, other: Tenant): Promise<boolean> {
  const diff = diffTenants(fleet, one, other, { keysOnly: true });
  for await (const _ of diff);
  return diff.report.isEqual;
}

/** A moment between the transactions before and after it, by the server's clock. */
async function momentOf({ server }: Lane): Promise<Date> {
  await server.query('select pg_sleep(0.005)');
  const { rows } = await server.query<{ at: Date }>('select clock_timestamp() as at');
  await server.query('select pg_sleep(0.005)');
  return rows[0]?.at ?? new Date();
}
