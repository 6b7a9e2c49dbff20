import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client.js';

type Me = AdminSchemas['schemas']['Me'];

const ROLES = ['viewer', 'operator', 'owner'] as const;

export function useMe(): Me | undefined {
  const { data } = useQuery({ queryKey: ['me'], queryFn: () => answer(api.GET('/me')), staleTime: 60_000 });
  return data;
}

/** Whether the operator may do what a role may. Not before the API has said so. */
export function useMay(role: Me['role']): boolean {
  const me = useMe();
  return me !== undefined && ROLES.indexOf(me.role) >= ROLES.indexOf(role);
}
