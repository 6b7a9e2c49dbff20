import type { Catalog } from '@rowhouse/core';
import { type EncryptionKeys, messageOf } from '@rowhouse/core/internal';

export interface KeyRotationReport {
  /** The key that encrypts the data keys now. */
  readonly current: string;
  /** Data keys that were encrypted anew. */
  readonly rotated: number;
  /** False when it was interrupted: another run does the rest. */
  readonly isComplete: boolean;
  /** Data keys that could not be decrypted; they are as before. */
  readonly failed: readonly { readonly slug: string; readonly keyId: string; readonly error: string }[];
}

export interface KeyRotationOptions {
  /** When it is aborted, the rest is left for another run. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

const BATCH = 100;

interface DataKeyRow {
  readonly tenant_id: string;
  readonly slug: string;
  readonly key_id: string;
  readonly data_key: Buffer;
}

/**
 * Encrypts the data keys of tenants anew by the current key; the secrets themselves stay as they are. Each data key is changed on its
 * own, so that a run that was interrupted is continued by the next, and tenants may change their settings meanwhile.
 */
export async function rotateKeys(
  catalog: Pick<Catalog, 'query'>,
  keys: EncryptionKeys,
  { signal, onProgress = () => {} }: KeyRotationOptions = {},
): Promise<KeyRotationReport> {
  const { current } = keys;
  const { rows: counts } = await catalog.query<{ total: number }>(
    'select pg_catalog.count(*)::int4 as total from rowhouse.tenant_settings s where s.key_id <> $1',
    [current],
  );
  const failed: KeyRotationReport['failed'][number][] = [];
  let rotated = 0;
  let after: string | null = null;
  for (;;) {
    const { rows }: { rows: DataKeyRow[] } = await catalog.query<DataKeyRow>(
      `select s.tenant_id, t.slug, s.key_id, s.data_key
         from rowhouse.tenant_settings s join rowhouse.tenants t on t.id = s.tenant_id
        where s.key_id <> $1 and ($2::uuid is null or s.tenant_id > $2) order by s.tenant_id limit ${BATCH}`,
      [current, after],
    );
    for (const row of rows) {
      if (signal?.aborted) return { current, rotated, isComplete: false, failed };
      try {
        if (await rotate(catalog, keys, row)) rotated += 1;
      } catch (error) {
        failed.push({ slug: row.slug, keyId: row.key_id, error: messageOf(error) });
      }
      const done = rotated + failed.length;
      onProgress({ done, total: Math.max(done, counts[0]?.total ?? 0) });
    }
    after = rows.at(-1)?.tenant_id ?? null;
    if (rows.length < BATCH) return { current, rotated, isComplete: true, failed };
  }
}

/** @returns false when the tenant has another data key meanwhile, which the current key has encrypted. */
async function rotate(
  catalog: Pick<Catalog, 'query'>,
  keys: EncryptionKeys,
  { tenant_id: id, key_id: keyId, data_key: before }: DataKeyRow,
): Promise<boolean> {
  const { current } = keys;
  const dataKey = await keys.decrypt(keyId, before);
  const { rowCount } = await catalog.query(
    'update rowhouse.tenant_settings set key_id = $2, data_key = $3 where tenant_id = $1 and data_key = $4',
    [id, current, Buffer.from(await keys.encrypt(current, dataKey)), before],
  );
  return rowCount === 1;
}
