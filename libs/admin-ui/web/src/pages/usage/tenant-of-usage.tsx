import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';

interface TenantOfUsageProps {
  readonly tenantId: string;
  readonly tenantSlug: string | null;
}

/** Who used it: perhaps a tenant that is purged, whose usage stays. */
export function TenantOfUsage({ tenantId, tenantSlug }: TenantOfUsageProps) {
  return tenantSlug ? (
    <Anchor component={Link} to={`/tenants/${tenantId}/usage`} size="sm">
      {tenantSlug}
    </Anchor>
  ) : (
    <Text size="xs" ff="monospace">
      {tenantId}
    </Text>
  );
}
