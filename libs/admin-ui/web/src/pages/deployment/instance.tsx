import { Alert, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import type { AdminPaths, AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { isMissing } from '../../api/problem.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Figure } from '../../parts/figure.js';
import { Loaded } from '../../parts/loaded.js';
import { Moment } from '../../parts/moment.js';
import { PageTitle } from '../../parts/page-title.js';
import { TenantLink } from '../../parts/tenant-link.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';

type Pool = AdminSchemas['schemas']['Pool'];
type Pools = AdminPaths['/pools']['get']['responses'][200]['content']['application/json'];

const LIVE_MS = 5_000;
/** The columns that are no numbers. */
const TEXTS = ['database', 'users'];

/** Connections and the cache of tenants, of the instance that answers. */
export function Instance() {
  const { instance: texts } = useTexts();
  const pools = useQuery({
    queryKey: ['instance', 'pools'],
    queryFn: ({ signal }) => answer(api.GET('/pools', { signal })),
    refetchInterval: LIVE_MS,
  });
  return (
    <>
      <PageTitle title={texts.title} />
      {isMissing(pools.error) ? (
        <Alert color="gray" variant="outline" title={texts.elsewhere}>
          {texts.elsewhereHint}
        </Alert>
      ) : (
        <Stack gap="xl">
          <Loaded query={pools}>{(read) => <Connections pools={read} />}</Loaded>
          <Cache />
        </Stack>
      )}
    </>
  );
}

/** Behind a load balancer each answer may come from another. */
function Answered({ by }: { by: AdminSchemas['schemas']['Process'] }) {
  const { instance: texts } = useTexts();
  return (
    <Text size="sm" c="dimmed">
      {texts.answered(by.host, by.pid)} <Moment at={by.startedAt} />
    </Text>
  );
}

function Connections({ pools: { process, items } }: { pools: Pools }) {
  const { instance: texts } = useTexts();
  return (
    <Stack gap="xs">
      <div>
        <Title order={2} size="h4">
          {texts.connections}
        </Title>
        <Answered by={process} />
      </div>
      <Table.ScrollContainer minWidth={760} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table verticalSpacing="sm" aria-label={texts.connections}>
          <Table.Thead>
            <Table.Tr>
              {Object.entries(texts.columns).map(([name, header]) => (
                <Table.Th key={name} className={TEXTS.includes(name) ? undefined : 'number'}>
                  {header}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((pool) => (
              <PoolRow key={`${pool.kind} ${pool.placement} ${pool.tenantId}`} pool={pool} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

function PoolRow({ pool }: { pool: Pool }) {
  const { instance: texts } = useTexts();
  const { number } = useFormat();
  const { kind, placement, tenantId, max, total, idle, waiting, refused, timedOut, recycled, discarded } =
    pool;
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm">{texts.kinds[kind]}</Text>
        {tenantId && <TenantLink id={tenantId} />}
        {placement && (
          <Text size="xs" c="dimmed">
            {placement}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="number">{texts.open(number(total), number(max))}</Table.Td>
      <Table.Td className="number">{number(idle)}</Table.Td>
      <Table.Td className="number" c={waiting > 0 ? 'red' : undefined}>
        {number(waiting)}
      </Table.Td>
      <Table.Td className="number">{number(refused)}</Table.Td>
      <Table.Td className="number">{number(timedOut)}</Table.Td>
      <Table.Td className="number">{number(recycled + discarded)}</Table.Td>
      <Table.Td>
        {pool.tenants.length === 0 && '–'}
        {pool.tenants.map((user) => (
          <div key={user.tenantId}>
            {user.tenantId ? <TenantLink id={user.tenantId} /> : texts.system}{' '}
            <Text span size="xs" c="dimmed">
              {texts.usage(number(user.active), number(user.waiting))}
            </Text>
          </div>
        ))}
      </Table.Td>
    </Table.Tr>
  );
}

function Cache() {
  const { instance: texts } = useTexts();
  const format = useFormat();
  const mayFlush = useMay('operator');
  const stats = useQuery({
    queryKey: ['instance', 'cache'],
    queryFn: ({ signal }) => answer(api.GET('/cache/stats', { signal })),
    refetchInterval: LIVE_MS,
  });
  const flush = useChange(() => answer(api.POST('/cache/flush')), [['instance', 'cache']]);
  return (
    <Loaded query={stats}>
      {(read) => {
        const hits = read.hits + read.negativeHits;
        const all = hits + read.misses;
        return (
          <Stack gap="xs" align="start">
            <div>
              <Title order={2} size="h4">
                {texts.cache}
              </Title>
              <Answered by={read.process} />
            </div>
            <SimpleGrid w="100%" cols={{ base: 2, md: 4 }}>
              <Figure label={texts.held} hint={texts.unknownHeld(format.number(read.negativeSize))}>
                {format.number(read.size)}
              </Figure>
              <Figure label={texts.hitRate} hint={texts.lookUps(format.number(all))}>
                {all > 0 ? format.percent(hits / all) : '–'}
              </Figure>
              <Figure label={texts.storeErrors} hint={texts.staleHits(format.number(read.staleHits))}>
                {format.number(read.storeErrors)}
              </Figure>
              <Figure label={texts.evictions} hint={texts.inFlight(format.number(read.inFlight))}>
                {format.number(read.evictions)}
              </Figure>
            </SimpleGrid>
            {mayFlush && (
              <ConfirmButton label={texts.flush} target={texts.allInstances} change={flush}>
                {texts.flushHint}
              </ConfirmButton>
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}
