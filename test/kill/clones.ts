import type { Fleet } from '@rowhouse/migrations/fleet';
import { cloneTenant, mask } from '@rowhouse/transfer';
import { disagreements } from './agreement.js';
import type { Lane } from './lane.js';
import { oneOf, type Random } from './random.js';
import type { Strikes } from './strikes.js';
import { removeAll } from './transfers.js';

const ROWS = 20_000;
const SAMPLED = 12_000;
const IN_CLEAR = 'select count(*)::int as count from products where starts_with(name, $1)';

export interface CloneAct {
  readonly do: 'clone';
  readonly slug: string;
  readonly to: string;
  readonly isolation: 'schema' | 'database';
}

export async function performClone(
  fleet: Fleet,
  { slug, to, isolation }: CloneAct,
  signal: AbortSignal,
): Promise<void> {
  const options = {
    slug: to,
    isolation,
    masks: { products: { name: mask.hash() }, notes: { text: mask.keep() } },
    sample: { tables: { products: { rows: SAMPLED } } },
  };
  await cloneTenant(fleet, await fleet.tenants.find(slug), options, { signal });
}

/** Kills processes that make masked samples of a tenant. */
export async function killClones(lane: Lane, strikes: Strikes, random: Random): Promise<void> {
  const source = await lane.fleet.tenants.create({ slug: `${lane.slug}-source` });
  const own = lane.registry.for(source);
  await own.query('delete from products');
  await own.query(`insert into products (name) select 'secret ' || n from generate_series(1, $1) n`, [ROWS]);
  for (let n = 0; !strikes.isOver; n += 1) {
    const isolation = oneOf(random, ['schema', 'schema', 'database'] as const);
    const to = `${lane.slug}-${n}`;
    const isThere = async () => (await lane.tenants()).some(({ slug }) => slug === to);
    await strikes.on({
      label: `clone (${isolation})`,
      act: { do: 'clone', slug: source.slug, to, isolation },
      isDone: isThere,
      check: async () => [
        ...(await disagreements(lane, [lane.release])),
        ...(await notWhole(lane, source.slug)),
      ],
    });
    await removeAll(lane, [source]);
  }
}

/** The source has all its rows; a clone that is there has its sample, and nothing in clear. */
async function notWhole(lane: Lane, source: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const tenant of await lane.tenants()) {
    const [all] = await lane.registry.for(tenant).query('select count(*)::int as count from products');
    const [clear] = await lane.registry.for(tenant).query(IN_CLEAR, ['secret']);
    const wanted = tenant.slug === source ? [ROWS, ROWS] : [SAMPLED, 0];
    if (String([all.count, clear.count]) !== String(wanted))
      found.push(
        `${tenant.slug} has ${all.count} rows, ${clear.count} of them in clear; expected ${wanted}.`,
      );
  }
  return found;
}
