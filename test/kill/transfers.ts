import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tenant } from '@rowhouse/core';
import { exportToFile, moveRows, verifyArchive } from '@rowhouse/transfer';
import { disagreements } from './agreement.js';
import type { Lane } from './lane.js';
import { oneOf, type Random } from './random.js';
import type { Strikes } from './strikes.js';

const ROWS = 20_000;

/**
 * Kills processes that write a tenant to an archive, make tenants of one, and bring rows from one tenant to another.
 *
 * @param placement - of the tenants that are made. The one that they come from is on the main database.
 */
export async function killTransfers(
  lane: Lane,
  strikes: Strikes,
  random: Random,
  placement = 'default',
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-kill-'));
  try {
    const source = await lane.fleet.tenants.create({ slug: `${lane.slug}-source` });
    // Rows go there and come back.
    const create = (isolation: Tenant['isolation']) =>
      lane.fleet.tenants.create({ slug: `${lane.slug}-to-${isolation}`, isolation, placement });
    const targets = [await create('schema'), await create('database')] as const;
    // Migrations wrote some, which differ.
    for (const tenant of [source, ...targets]) await lane.registry.for(tenant).query('delete from products');
    await lane.registry
      .for(source)
      .query(`insert into products (name) select 'product ' || n from generate_series(1, $1) n`, [ROWS]);
    const archive = join(folder, 'source.tar.gz');
    const { rows } = await exportToFile(lane.fleet, source, archive);
    for (let n = 0; !strikes.isOver; n += 1) {
      const isolation = oneOf(random, ['schema', 'schema', 'database'] as const);
      const slug = `${lane.slug}-${n}`;
      await strikes.on({
        label: `import (${isolation})`,
        act: { do: 'import', archive, tenant: { slug, isolation, placement } },
        isDone: async () => (await lane.tenants()).some((tenant) => tenant.slug === slug),
        check: () => notWhole(lane, { slug, rows, path: join(folder, `${slug}-again.tar.gz`) }),
      });
      await removeAll(lane, [source, ...targets]);
      const path = join(folder, `${n}.tar.gz`);
      await strikes.on({
        label: 'export',
        act: { do: 'export', slug: source.slug, path },
        isDone: async () => existsSync(path),
        check: () => notWritten(path, rows),
      });
      const to = oneOf(random, targets);
      for (const act of [
        { do: 'import into', archive, slug: to.slug },
        { do: 'copy rows', from: source.slug, to: to.slug },
        { do: 'move rows', from: source.slug, to: to.slug },
      ] as const) {
        await strikes.on({
          label: `${act.do} (${to.isolation})`,
          act,
          isDone: async () => (await productsOf(lane, to)) === ROWS,
          check: () => notThere(lane, { source, to, mayLeave: act.do === 'move rows' }),
        });
        await bringBack(lane, source, to);
      }
      await Promise.all(
        (await readdir(folder))
          .filter((name) => name !== 'source.tar.gz')
          .map((name) => rm(join(folder, name))),
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A tenant is there with all rows, or not at all. */
async function notWhole(
  lane: Lane,
  { slug, rows, path }: { readonly slug: string; readonly rows: number; readonly path: string },
): Promise<readonly string[]> {
  const found = [...(await disagreements(lane, [lane.release]))];
  const tenant = (await lane.tenants()).find((one) => one.slug === slug);
  if (!tenant) return found;
  const again = await exportToFile(lane.fleet, tenant, path);
  if (again.rows !== rows) found.push(`${slug} has ${again.rows} of ${rows} rows.`);
  return found;
}

/** Removes all tenants but some. */
export async function removeAll({ fleet, tenants }: Lane, but: readonly Tenant[]): Promise<void> {
  for (const { id, slug } of await tenants()) {
    if (but.some((kept) => kept.id === id)) continue;
    await fleet.tenants.delete(slug);
    await fleet.tenants.purge(slug, { confirm: slug, beforeRetentionEnds: true });
  }
}

/** The target has all rows or none, and what is not there is at the source. */
async function notThere(
  lane: Lane,
  { source, to, mayLeave }: { readonly source: Tenant; readonly to: Tenant; readonly mayLeave: boolean },
): Promise<readonly string[]> {
  const [here, there] = [await productsOf(lane, source), await productsOf(lane, to)];
  const isWhole = [0, ROWS].includes(there) && (here === ROWS || (mayLeave && here === 0 && there === ROWS));
  return isWhole ? [] : [`${source.slug} has ${here} rows, and ${to.slug} ${there} of ${ROWS}.`];
}

/** As it was before. Rows that are at both are recognised by a move. */
async function bringBack(lane: Lane, source: Tenant, to: Tenant): Promise<void> {
  await moveRows(lane.fleet, to.slug, source.slug);
  const [here, there] = [await productsOf(lane, source), await productsOf(lane, to)];
  if (here !== ROWS || there !== 0) throw new Error(`${here} rows came back, and ${there} stayed.`);
}

async function productsOf({ registry }: Lane, tenant: Tenant): Promise<number> {
  const [counted] = await registry.for(tenant).query('select count(*)::int from products');
  return counted.count;
}

/** A file that has its name is whole. */
async function notWritten(path: string, rows: number): Promise<readonly string[]> {
  if (!existsSync(path)) return [];
  const archive = await verifyArchive(path);
  return archive.rows === rows ? [] : [`The archive has ${archive.rows} of ${rows} rows.`];
}
