import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Catalog } from '@rowhouse/core';
import { exportToFile, verifyArchive } from '@rowhouse/transfer';
import { nameOf } from '../../libs/admin/src/transfers/archive-files.js';
import { ArchiveFolder } from '../../libs/admin/src/transfers/archive-folder.js';
import { Uploads } from '../../libs/admin/src/transfers/uploads/uploads.js';
import type { Lane } from './lane.js';
import type { Strikes } from './strikes.js';

/** A request that brings an archive, or what is missing of it. */
export interface UploadAct {
  readonly do: 'upload';
  /** Of the archive that is sent. */
  readonly path: string;
  /** Where it arrives. */
  readonly folder: string;
  readonly id: string;
}

const BY = { type: 'operator', id: 'kill' } as const;
/** Rows that cannot be compressed, of some 2 KB: the archive arrives in several parts. */
const ROWS = 10_000;

function uploadsOf(catalog: Catalog, folder: string): Uploads {
  return new Uploads(catalog, new ArchiveFolder(folder), Number.MAX_SAFE_INTEGER);
}

export async function upload(catalog: Catalog, { path, folder, id }: UploadAct): Promise<void> {
  const uploads = uploadsOf(catalog, folder);
  const { sizeBytes, receivedBytes } = await uploads.create(id, (await stat(path)).size, BY);
  if (receivedBytes === sizeBytes) return;
  await uploads.append(id, receivedBytes, createReadStream(path, { start: receivedBytes }), { by: BY });
}

/** Kills processes that receive an archive. Another one goes on where the upload is. */
export async function killUploads(lane: Lane, strikes: Strikes): Promise<void> {
  const sent = await mkdtemp(join(tmpdir(), 'rowhouse-kill-'));
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-kill-'));
  try {
    const tenant = await lane.fleet.tenants.create({ slug: `${lane.slug}-sent` });
    await lane.registry.for(tenant).query(
      `insert into products (name)
         select (select string_agg(encode(sha512((n || '-' || k)::bytea), 'base64'), '') from generate_series(1, 22) k)
           from generate_series(1, $1) n`,
      [ROWS],
    );
    const path = join(sent, 'sent.tar.gz');
    const { rows } = await exportToFile(lane.fleet, tenant, path);
    const archive = await readFile(path);
    while (!strikes.isOver) {
      const act = { do: 'upload', path, folder, id: crypto.randomUUID() } as const;
      let wasComplete = false;
      await strikes.on({
        label: 'upload',
        act,
        isDone: async () => wasComplete,
        check: async () => {
          const received = await receivedOf(lane, act);
          wasComplete = received?.length === archive.length;
          const found = received && !received.equals(archive.subarray(0, received.length));
          return [
            ...(found ? ['What has arrived is not the beginning of what was sent.'] : []),
            ...(await notWhole(lane, act, { archive, rows })),
          ];
        },
      });
    }
  } finally {
    await rm(sent, { recursive: true });
    await rm(folder, { recursive: true });
  }
}

/** What the catalog says has arrived, read from the files that it names. */
async function receivedOf({ server }: Lane, { folder, id }: UploadAct): Promise<Buffer | undefined> {
  const { rows } = await server.query<{ bytes: number; parts: string[] }>(
    'select received_bytes::float8 as bytes, parts from rowhouse.uploads where id = $1',
    [id],
  );
  const [known] = rows;
  if (!known) return undefined;
  const parts = await Promise.all(known.parts.map((part) => readFile(join(folder, nameOf('upload', part)))));
  const received = Buffer.concat(parts);
  if (received.length !== known.bytes)
    throw new Error(`The files have ${received.length} bytes, and the catalog says ${known.bytes}.`);
  return received;
}

/** Goes on with the upload, which is then what was sent, and leaves no file when it is removed. */
async function notWhole(
  { catalog, server }: Lane,
  act: UploadAct,
  { archive, rows }: { readonly archive: Buffer; readonly rows: number },
): Promise<readonly string[]> {
  const { folder, id } = act;
  const found: string[] = [];
  await upload(catalog, act);
  const uploads = uploadsOf(catalog, folder);
  const verified = await verifyArchive(uploads.archive(id));
  if (verified.rows !== rows) found.push(`The archive has ${verified.rows} of ${rows} rows.`);
  // Of any age.
  await new ArchiveFolder(folder).sweep(Number.NEGATIVE_INFINITY, async (ids) => {
    const { rows: parts } = await server.query<{ id: string }>(
      'select part as id from rowhouse.uploads u, pg_catalog.unnest(u.parts) part where part = any ($1)',
      [ids],
    );
    return new Set(parts.map((part) => part.id));
  });
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  if (bytes !== archive.length)
    found.push(`The folder has ${bytes} bytes of an upload of ${archive.length}.`);
  await uploads.removeIfThere(id, BY);
  const left = await readdir(folder);
  if (left.length > 0) found.push(`The removed upload has left ${left.join(', ')}.`);
  return found;
}
