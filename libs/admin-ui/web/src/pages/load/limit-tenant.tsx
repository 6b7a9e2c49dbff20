import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { answer, api, type Tagged, tagged } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { useChange } from '../../parts/use-change.js';
import { useTexts } from '../../texts/texts.js';
import type { TenantLimits } from '../tenant/limit-values.js';
import { Limits } from '../tenant/limits.js';
import { TENANT_CHANGED } from '../tenant/use-tenant.js';
import type { Tenant } from '../tenants/tenant-filters.js';

/** What gets a tenant that is throttled, of each pool. */
const THROTTLED_TO = 1;

/** Holds a tenant back while it is noisy, or gives it other limits. */
export function LimitTenant({ tenant }: { tenant: Tenant }) {
  const { load: texts, parts } = useTexts();
  const [isOpen, { open, close }] = useDisclosure();
  const limits = useQuery({
    queryKey: ['tenant', tenant.id, 'limits'],
    queryFn: () => tagged(api.GET('/tenants/{tenant}/limits', { params: { path: { tenant: tenant.id } } })),
  });
  const plans = useQuery({ queryKey: ['plans'], queryFn: () => answer(api.GET('/plans')) });
  // Without plans there is nothing to override.
  const hasPlans = (plans.data?.items.length ?? 0) > 0;
  return (
    <Group gap="xs">
      {limits.data && hasPlans && <Throttle tenant={tenant} limits={limits.data} />}
      <Button variant="default" size="xs" onClick={open}>
        {texts.limits(tenant.slug)}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        size="xl"
        title={texts.limits(tenant.slug)}
        closeButtonProps={{ 'aria-label': parts.close }}
      >
        <Limits tenant={tenant} />
      </Modal>
    </Group>
  );
}

function Throttle({ tenant, limits: { data, etag } }: { tenant: Tenant; limits: Tagged<TenantLimits> }) {
  const { load: texts } = useTexts();
  const { value, source } = data.limits.noisyConcurrency;
  const change = useChange(
    (noisyConcurrency: number | null) =>
      tagged(
        api.PATCH('/tenants/{tenant}/limits', {
          params: { path: { tenant: tenant.id }, header: { 'If-Match': etag } },
          body: { limits: { noisyConcurrency } },
        }),
      ),
    TENANT_CHANGED,
  );
  const asked = (noisyConcurrency: number | null) => ({
    ...change,
    mutateAsync: () => change.mutateAsync(noisyConcurrency),
  });
  // Each has a key: the question of the one is not that of the other.
  if (source === 'override')
    return (
      <ConfirmButton key="off" size="xs" label={texts.release} target={tenant.slug} change={asked(null)}>
        {texts.releaseHint}
      </ConfirmButton>
    );
  if (value !== null) return null;
  return (
    <ConfirmButton
      key="on"
      size="xs"
      label={texts.throttle}
      target={tenant.slug}
      change={asked(THROTTLED_TO)}
    >
      {texts.throttleHint}
    </ConfirmButton>
  );
}
