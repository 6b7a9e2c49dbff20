import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';

export type UsageMonth = AdminSchemas['schemas']['UsageMonth'];

/** The months in which usage is recorded, the latest first. */
export function useMonths() {
  return useQuery({ queryKey: ['usage', 'months'], queryFn: () => answer(api.GET('/usage/months')) });
}
