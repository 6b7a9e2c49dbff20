import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { type Backup, type S3StorageOptions, TenantBackups } from '@rowhouse/transfer';
import { disagreements, sentences } from './agreement.js';
import type { Lane } from './lane.js';
import { oneOf, type Random } from './random.js';
import type { Strikes } from './strikes.js';
import { removeAll } from './transfers.js';

const ROWS = 20_000;
/** All of one day are one. */
const KEEP = { daily: 1 };

export type BackupAct =
  | { readonly do: 'back up'; readonly folder: string | S3StorageOptions; readonly slug: string }
  | { readonly do: 'prune backups'; readonly folder: string }
  | { readonly do: 'prove a backup'; readonly folder: string; readonly id: string }
  | { readonly do: 'restore a backup'; readonly folder: string; readonly id: string; readonly to: string };

export async function performOnBackups(fleet: Fleet, act: BackupAct, signal: AbortSignal): Promise<void> {
  const backups = new TenantBackups(fleet, { storage: act.folder, keep: KEEP });
  if (act.do === 'prune backups') await backups.prune({}, { signal });
  else if (act.do === 'prove a backup') await backups.prove(act.id, { signal });
  else if (act.do === 'restore a backup') await backups.restore(act.id, { slug: act.to }, { signal });
  else await backups.backup(await fleet.tenants.find(act.slug), { signal }, 'scheduled');
}

/** Kills processes that back a tenant up, and that prune and prove its backups. */
export async function killBackups(lane: Lane, strikes: Strikes, random: Random): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-kill-'));
  const backups = new TenantBackups(lane.fleet, { storage: folder, keep: KEEP });
  try {
    const tenant = await lane.fleet.tenants.create({ slug: `${lane.slug}-kept` });
    const query = (text: string) => lane.registry.for(tenant).query(text);
    await query(`insert into products (name) select 'product ' || n from generate_series(1, ${ROWS}) n`);
    const first = await backups.backup(tenant);
    const check = () => unequal(lane, backups, { folder, rows: first.rows });
    while (!strikes.isOver) {
      if (random() < 0.7) await query(`update products set name = 'product ' || ${random()} where id = 1`);
      const to = `${lane.slug}-restored`;
      const label = oneOf(random, [
        'back up',
        'back up',
        'prune backups',
        'prove a backup',
        'restore a backup',
      ] as const);
      // There is something to prune.
      if (label === 'prune backups') {
        await backups.backup(tenant, {}, 'scheduled');
        await query(`update products set name = 'product ' || ${random()} where id = 2`);
        await backups.backup(tenant, {}, 'scheduled');
      }
      const acts: Record<typeof label, BackupAct> = {
        'back up': { do: 'back up', folder, slug: tenant.slug },
        'prune backups': { do: 'prune backups', folder },
        'prove a backup': { do: 'prove a backup', folder, id: first.id },
        'restore a backup': { do: 'restore a backup', folder, id: first.id, to },
      };
      await strikes.on({
        label,
        act: acts[label],
        recover: async () => {
          const { failed, busy } = await backups.prune();
          if (failed.length + busy.length > 0)
            throw new Error(`The prune did not do all: ${JSON.stringify({ failed, busy })}`);
        },
        check,
      });
      await removeAll(lane, [tenant]);
    }
    const { rows } = await backups.restore(first.id, { slug: `${lane.slug}-then` });
    if (rows !== first.rows)
      throw new Error(`Of the first backup ${rows} of ${first.rows} rows are restored.`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Differences between the catalog and the storage, and complete backups that cannot be restored. */
async function unequal(
  lane: Lane,
  backups: TenantBackups,
  { folder, rows }: { readonly folder: string; readonly rows: number | null },
): Promise<readonly string[]> {
  const all = await listed(backups);
  const complete = all.filter(({ state }) => state === 'complete');
  const known = new Set(complete.map(({ key }) => key));
  const stored = new Set(await filesIn(folder));
  const found = [
    ...(await disagreements(lane, [lane.release])),
    ...(await sentences(
      lane.server,
      "select format('The file %s is %s.', storage_key, state) from rowhouse.backup_files where state <> 'whole'",
    )),
    ...all
      .filter(({ state }) => state !== 'complete' && state !== 'failed')
      .map(({ id, state }) => `The backup ${id} is ${state}.`),
    ...[...stored].filter((key) => !known.has(key)).map((key) => `The file ${key} is nobody's.`),
    ...[...known].filter((key) => !stored.has(key ?? '')).map((key) => `The file ${key} is missing.`),
  ];
  for (const { id } of complete) await backups.verify(id);
  const [newest] = complete;
  if (newest?.rows !== rows) found.push(`The newest backup has ${newest?.rows} of ${rows} rows.`);
  if (newest) await backups.prove(newest.id);
  for (const other of await lane.tenants()) {
    const [counted] = await lane.registry.for(other).query('select count(*)::int as count from products');
    if (!other.slug.startsWith(lane.slug)) found.push(`There is the tenant ${other.slug}.`);
    else if (counted.count !== rows) found.push(`${other.slug} has ${counted.count} of ${rows} rows.`);
  }
  return found;
}

async function listed(backups: TenantBackups): Promise<readonly Backup[]> {
  return (await backups.list({ limit: 1_000 })).backups;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => relative(folder, join(one.parentPath, one.name)));
}
