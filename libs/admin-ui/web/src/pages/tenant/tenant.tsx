import { Alert, Anchor, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { StatusBadge } from '../../parts/status.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { AuditTable } from '../audit.js';
import { TenantBackups } from '../backups/tenant-backups.js';
import { Compare } from '../compare/compare.js';
import { OperationsTable } from '../operations/operations.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { TenantTransfers } from '../transfers/tenant-transfers.js';
import { TenantUsage } from '../usage/tenant-usage.js';
import { DangerZone } from './danger-zone.js';
import { Domains } from './domains.js';
import { Entries } from './entries.js';
import { Keys } from './keys.js';
import { Limits } from './limits.js';
import { Members } from './members.js';
import { Overview } from './overview.js';
import { Settings } from './settings.js';
import { useTenant } from './use-tenant.js';

const TABS = [
  'overview',
  'settings',
  'limits',
  'usage',
  'domains',
  'keys',
  'members',
  'backups',
  'compare',
  'transfers',
  'operations',
  'entries',
  'audit',
  'danger',
] as const;
type Tab = (typeof TABS)[number];

export function TenantPage() {
  const { tenant: reference = '', tab = 'overview' } = useParams();
  const { tenant: texts, tenants, isolations } = useTexts();
  const go = useNavigate();
  const mayChange = useMay('operator');
  const query = useTenant(reference);
  const offered = TABS.filter((each) => each !== 'danger' || mayChange);
  const current = offered.find((each) => each === tab) ?? 'overview';
  return (
    <Loaded query={query}>
      {({ data: tenant, etag }) => (
        <Stack>
          <div>
            <Anchor component={Link} to="/tenants" size="sm">
              ← {tenants.title}
            </Anchor>
            <Group mt={4}>
              <Title order={1} size="h2" className="code">
                {tenant.name}
              </Title>
              <StatusBadge status={tenant.status} />
              {tenant.health !== 'ok' && <StatusBadge status={tenant.health} />}
            </Group>
            <Text size="sm" c="dimmed">
              {tenant.slug} · {tenant.plan} · {isolations[tenant.isolation]} · {tenant.id}
            </Text>
          </div>
          {tenant.unfinished && (
            <Alert
              color={tenant.unfinished.error ? 'red' : 'blue'}
              variant="outline"
              title={texts.unfinished(tenant.unfinished.kind, tenant.unfinished.step)}
            >
              <Text size="sm" className="code">
                {tenant.unfinished.error}
              </Text>
              {tenant.unfinished.error && (
                <Text size="sm" mt="xs">
                  {texts.repairHint(tenant.slug)}
                </Text>
              )}
            </Alert>
          )}
          {tenant.health === 'failed' && !tenant.unfinished && <FailedMigration />}
          <Tabs
            value={current}
            onChange={(chosen) =>
              go(`/tenants/${encodeURIComponent(reference)}/${chosen}`, { replace: true })
            }
            keepMounted={false}
          >
            <Tabs.List mb="lg">
              {offered.map((each) => (
                <Tabs.Tab key={each} value={each} ref={each === current ? intoView : undefined}>
                  {texts.tabs[each]}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value={current}>
              <TabContent tab={current} tenant={tenant} etag={etag} />
            </Tabs.Panel>
          </Tabs>
        </Stack>
      )}
    </Loaded>
  );
}

function intoView(tab: HTMLElement | null) {
  tab?.scrollIntoView({ block: 'nearest', inline: 'center' });
}

/** The way to what failed: a run, which is none of this tenant alone. */
function FailedMigration() {
  const { tenant: texts } = useTexts();
  const query = { kind: 'migrations.run', state: 'failed', limit: 1 } as const;
  const failed = useQuery({
    queryKey: ['operations', query],
    queryFn: () => answer(api.GET('/operations', { params: { query } })),
  });
  const run = failed.data?.items[0];
  return (
    <Alert color="red" variant="outline" title={texts.migrationFailed}>
      <Anchor component={Link} to={run ? `/operations/${run.id}` : '/migrations'} size="sm">
        {texts.toRun}
      </Anchor>
    </Alert>
  );
}

function TabContent({ tab, tenant, etag }: { tab: Tab; tenant: Tenant; etag: string }) {
  switch (tab) {
    case 'overview':
      return <Overview key={tenant.id} tenant={tenant} etag={etag} />;
    case 'settings':
      return <Settings tenant={tenant} />;
    case 'limits':
      return <Limits tenant={tenant} />;
    case 'usage':
      return <TenantUsage key={tenant.id} tenant={tenant} />;
    case 'domains':
      return <Domains tenant={tenant} />;
    case 'keys':
      return <Keys tenant={tenant} />;
    case 'members':
      return <Members tenant={tenant} />;
    case 'backups':
      return <TenantBackups tenant={tenant} />;
    case 'compare':
      return <Compare key={tenant.id} tenant={tenant} />;
    case 'transfers':
      return <TenantTransfers key={tenant.id} tenant={tenant} />;
    case 'operations':
      return <OperationsTable tenant={tenant.id} />;
    case 'entries':
      return <Entries tenant={tenant} />;
    case 'audit':
      return <AuditTable filter={{ tenant: tenant.id }} />;
    case 'danger':
      return <DangerZone tenant={tenant} etag={etag} />;
  }
}
