import type { EntityManager, EntityTarget } from 'typeorm';
import type { EncryptedColumns } from './encrypted-columns.js';
import type { RowSecrets } from './row-secrets.js';

const BATCH = 100;
const FIRST = '00000000-0000-0000-0000-000000000000';

type EncryptedRow = EncryptedColumns & { readonly id: string };

/**
 * Has the current key encrypt the data keys of a table that another one has, of the tenant in force. A row that gets other secrets
 * meanwhile has a data key of the current key.
 *
 * @returns how many rows.
 * @throws {IntegrationKeysError}
 */
export async function rotateRows(
  manager: EntityManager,
  entity: EntityTarget<EncryptedRow>,
  secrets: RowSecrets,
): Promise<number> {
  let rotated = 0;
  for (let afterId = FIRST; ; ) {
    const rows = await manager
      .createQueryBuilder(entity, 'row')
      .where('row.keyId <> :keyId and row.id > :afterId', { keyId: secrets.currentKeyId, afterId })
      .orderBy('row.id')
      .take(BATCH)
      .getMany();
    for (const { id, dataKey, keyId, ciphertext } of rows) {
      const { affected } = await manager
        .createQueryBuilder()
        .update(entity)
        .set(await secrets.rotate({ keyId, dataKey, ciphertext }))
        .where('id = :id and data_key = :dataKey', { id, dataKey })
        .execute();
      rotated += affected ?? 0;
    }
    afterId = rows.at(-1)?.id ?? FIRST;
    if (rows.length < BATCH) return rotated;
  }
}
