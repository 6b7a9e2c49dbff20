import { useQuery } from '@tanstack/react-query';
import { api, tagged } from '../../api/client.js';

/** @param tenant - its slug or its id. */
export function useTenant(tenant: string) {
  return useQuery({
    queryKey: ['tenant', tenant],
    queryFn: () => tagged(api.GET('/tenants/{tenant}', { params: { path: { tenant } } })),
    enabled: tenant !== '',
  });
}

/** What is read again after a change of a tenant. */
export const TENANT_CHANGED = [['tenant'], ['tenants'], ['operations'], ['audit']];
