import type { AdminSchemas } from '@rowhouse/client';
import { answer, api } from '../../api/client.js';
import { usePages } from '../../parts/listing.js';
import { useFormat } from '../../texts/use-format.js';

export type Backup = AdminSchemas['schemas']['Backup'];

/** What is read again after a change of backups. */
export const BACKUPS_CHANGED = [['backups'], ['tenants']];

/** @param tenant - the id of one tenant. Default: of all, also of those that are purged. */
export function useBackups(tenant?: string) {
  return usePages<Backup>(['backups', 'list', tenant], (cursor, signal) =>
    answer(api.GET('/backups', { params: { query: { tenant, cursor } }, signal })),
  );
}

/** Names a backup where it is acted on. */
export function useBackupName() {
  const format = useFormat();
  return ({ slug, takenAt }: Backup) => `${slug}, ${format.time(takenAt)}`;
}
