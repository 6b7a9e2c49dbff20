import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tenant } from '@rowhouse/core';
import { exportToFile, verifyArchive } from '@rowhouse/transfer';
import { disagreements } from './agreement.js';
import type { Lane } from './lane.js';
import { oneOf, type Random } from './random.js';
import type { Strikes } from './strikes.js';

const ROWS = 20_000;

/** Kills processes that write a tenant to an archive, and that make tenants of one. */
export async function killTransfers(lane: Lane, strikes: Strikes, random: Random): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-kill-'));
  try {
    const source = await lane.fleet.tenants.create({ slug: `${lane.slug}-source` });
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
        act: { do: 'import', archive, tenant: { slug, isolation } },
        check: () => notWhole(lane, { slug, rows, path: join(folder, `${slug}-again.tar.gz`) }),
      });
      await removeAll(lane, source);
      const path = join(folder, `${n}.tar.gz`);
      await strikes.on({
        label: 'export',
        act: { do: 'export', slug: source.slug, path },
        check: () => notWritten(path, rows),
      });
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

async function removeAll({ fleet, tenants }: Lane, but: Tenant): Promise<void> {
  for (const { id, slug } of await tenants()) {
    if (id === but.id) continue;
    await fleet.tenants.delete(slug);
    await fleet.tenants.purge(slug, { confirm: slug, beforeRetentionEnds: true });
  }
}

/** A file that has its name is whole. */
async function notWritten(path: string, rows: number): Promise<readonly string[]> {
  if (!existsSync(path)) return [];
  const archive = await verifyArchive(path);
  return archive.rows === rows ? [] : [`The archive has ${archive.rows} of ${rows} rows.`];
}
