import type { AdminSchemas } from '@rowhouse/client';
import { answer, api } from '../../api/client.js';
import { usePages } from '../../parts/listing.js';
import { useFormat } from '../../texts/use-format.js';

export type Archive = AdminSchemas['schemas']['Export'];

export const ARCHIVES_CHANGED = [['exports']];

/** @param tenant - the id of one tenant. Default: of all, also of those that are purged. */
export function useArchives(tenant?: string) {
  return usePages<Archive>(['exports', tenant], (cursor, signal) =>
    answer(api.GET('/exports', { params: { query: { tenant, cursor } }, signal })),
  );
}

/** Names an archive where it is acted on. */
export function useArchiveName() {
  const format = useFormat();
  return ({ slug, createdAt }: Archive) => `${slug}, ${format.time(createdAt)}`;
}
