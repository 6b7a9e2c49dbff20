import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { useMe } from '../../session/use-me.js';

export type Worker = AdminSchemas['schemas']['Workers']['items'][number];

/** What is read again after tenants were moved. */
export const WORKERS_CHANGED = [['workers'], ['tenant'], ['tenants'], ['operations'], ['audit']];

/** The servers of Citus; without Citus there are none. */
export function useWorkers() {
  return useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => answer(api.GET('/workers', { signal })),
  });
}

/** Whether the database is one of Citus. Not before the API has said so. */
export function useHasWorkers(): boolean {
  return useMe()?.hasWorkers === true;
}
