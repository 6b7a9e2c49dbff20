import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';

export type Worker = AdminSchemas['schemas']['Workers']['items'][number];

/** What is read again after tenants were moved. */
export const WORKERS_CHANGED = [['workers'], ['tenant'], ['tenants'], ['operations'], ['audit']];

/** The servers of Citus; without Citus there are none. They are asked for once, and after moves. */
export function useWorkers() {
  return useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => answer(api.GET('/workers', { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether the database is one of Citus; false until it is known. */
export function useHasWorkers(): boolean {
  return (useWorkers().data?.items.length ?? 0) > 0;
}
