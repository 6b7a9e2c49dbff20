import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../api/client.js';

const STALE_MS = 60_000;

/** A tenant that is known by its id. One that is no more is shown by that. */
export function TenantLink({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['tenant', id, 'slug'],
    queryFn: () => answer(api.GET('/tenants/{tenant}', { params: { path: { tenant: id } } })),
    staleTime: STALE_MS,
    retry: false,
  });
  return (
    <Anchor component={Link} to={`/tenants/${id}`} size="sm">
      {data?.slug ?? id}
    </Anchor>
  );
}
