import { Button, Group, Modal, Skeleton, Stack, Table, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api, tagged } from '../../api/client.js';
import { isConflict } from '../../api/problem.js';
import { Conflict } from '../../parts/conflict.js';
import { Figure } from '../../parts/figure.js';
import { Loaded } from '../../parts/loaded.js';
import { FIGURES_PX, MetricFigures } from '../../parts/metric-figures.js';
import { ChartsToCome, MetricsCharts } from '../../parts/metrics-charts.js';
import { Moment } from '../../parts/moment.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { SlowStatements } from '../../parts/slow-statements.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { MigrationName } from '../migrations/migration-name.js';
import { Begun } from '../operations/begun.js';
import { PlanInput } from '../tenants/plan-input.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { WorkerOfTenant } from '../workers/move-to-worker.js';
import { useHasWorkers, WORKERS_CHANGED } from '../workers/use-workers.js';
import { TENANT_CHANGED, useTenant } from './use-tenant.js';

const LIVE_MS = 10_000;

interface TenantProps {
  readonly tenant: Tenant;
  readonly etag: string;
}

export function Overview({ tenant, etag }: TenantProps) {
  const { tenant: texts, metrics: words } = useTexts();
  const format = useFormat();
  const mayChange = useMay('operator');
  const hasWorkers = useHasWorkers();
  const path = { tenant: tenant.id };
  const metrics = useQuery({
    queryKey: ['metrics', tenant.id],
    queryFn: () => answer(api.GET('/metrics/{tenant}', { params: { path } })),
    refetchInterval: LIVE_MS,
  });
  const series = useQuery({
    queryKey: ['metrics', tenant.id, 'series'],
    queryFn: () =>
      answer(api.GET('/metrics/{tenant}/series', { params: { path, query: { resolution: 'minute' } } })),
    refetchInterval: LIVE_MS,
  });
  const facts = [
    [texts.placement, tenant.placement],
    ...(hasWorkers ? [[texts.worker, <WorkerOfTenant key="worker" tenant={tenant} />] as const] : []),
    [texts.version, tenant.version ? <MigrationName key="version" name={tenant.version} /> : '–'],
    [texts.created, <Moment key="created" at={tenant.createdAt} />],
    [texts.updated, <Moment key="updated" at={tenant.updatedAt} />],
    [texts.metadata, Object.keys(tenant.metadata).length > 0 ? JSON.stringify(tenant.metadata) : '–'],
  ] as const;
  return (
    <Stack gap="lg">
      <Begun touched={WORKERS_CHANGED} />
      <Loaded query={metrics} waiting={<Skeleton height={FIGURES_PX} />}>
        {(data) => (
          <Stack gap="lg">
            <MetricFigures metrics={data}>
              <Figure
                label={words.users}
                hint={words.usersThirtyDays(format.number(data.activeUsers.thirtyDays))}
              >
                {format.number(data.activeUsers.today)}
              </Figure>
            </MetricFigures>
            {data.slowStatements.length > 0 && (
              <SlowStatements tenant={tenant} statements={data.slowStatements} />
            )}
          </Stack>
        )}
      </Loaded>
      <Loaded query={series} waiting={<ChartsToCome />}>
        {({ items }) => <MetricsCharts series={items} />}
      </Loaded>
      <div>
        <Group justify="space-between" mb="xs">
          <Title order={2} size="h4">
            {texts.facts}
          </Title>
          {mayChange && <Edit tenant={tenant} etag={etag} />}
        </Group>
        <Table aria-label={texts.facts}>
          <Table.Tbody>
            {facts.map(([label, value]) => (
              <Table.Tr key={label}>
                <Table.Th scope="row" w={180}>
                  {label}
                </Table.Th>
                <Table.Td className="code">{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Stack>
  );
}

function Edit(now: TenantProps) {
  const { tenant: texts, parts } = useTexts();
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" size="xs" onClick={open}>
        {texts.edit}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={`${texts.edit}: ${now.tenant.slug}`}
        closeButtonProps={{ 'aria-label': parts.close }}
      >
        <EditForm {...now} onDone={close} />
      </Modal>
    </>
  );
}

/** Changes what was read when it was opened: not what others have made of it since. */
function EditForm({ tenant, etag, onDone }: TenantProps & { onDone: () => void }) {
  const { tenants, parts } = useTexts();
  const [base, setBase] = useState(etag);
  const [name, setName] = useState(tenant.name);
  const [plan, setPlan] = useState(tenant.plan);
  const { data: latest, refetch } = useTenant(tenant.id);
  const path = { tenant: tenant.id };
  const change = useChange(
    (ifMatch: string) =>
      tagged(
        api.PATCH('/tenants/{tenant}', {
          params: { path, header: { 'If-Match': ifMatch } },
          body: { ...(name !== tenant.name && { name }), ...(plan !== tenant.plan && { plan }) },
        }),
      ),
    TENANT_CHANGED,
  );
  const send = (ifMatch: string) => change.mutateAsync(ifMatch).then(onDone, () => refetch());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(base);
  };
  const takeTheirs = () => {
    if (!latest) return;
    setName(latest.data.name);
    setPlan(latest.data.plan);
    setBase(latest.etag);
    change.reset();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={tenants.columns.name}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          required
          data-autofocus
        />
        <PlanInput value={plan} onChange={setPlan} />
        {isConflict(change.error) && latest ? (
          <Conflict
            theirs={`${latest.data.name}, ${latest.data.plan}`}
            takeTheirs={takeTheirs}
            keepMine={() => void send(latest.etag)}
          />
        ) : (
          <ProblemAlert error={change.error} />
        )}
        <Group justify="end">
          <Button variant="default" onClick={onDone}>
            {parts.back}
          </Button>
          <Button
            type="submit"
            loading={change.isPending}
            disabled={name === tenant.name && plan === tenant.plan}
          >
            {parts.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
