import { SimpleGrid, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { answer, api } from '../../api/client.js';
import { Figure } from '../../parts/figure.js';
import { Loaded } from '../../parts/loaded.js';
import { PageTitle } from '../../parts/page-title.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { NowTable } from './now-table.js';
import { TenantLoad } from './tenant-load.js';
import { Top } from './top.js';

const LIVE_MS = 2_000;

/** Who uses the database now, with what, and who did. */
export function Load() {
  const { load: texts } = useTexts();
  const format = useFormat();
  const [params] = useSearchParams();
  const chosen = params.get('tenant');
  const now = useQuery({
    queryKey: ['metrics', 'now'],
    queryFn: ({ signal }) => answer(api.GET('/metrics/now', { signal })),
    refetchInterval: LIVE_MS,
  });
  return (
    <>
      <PageTitle title={texts.title} />
      <Stack gap="lg">
        <Loaded query={now}>
          {(report) => (
            <>
              <SimpleGrid type="container" cols={{ base: 2, '600px': 4 }}>
                <Figure
                  label={texts.databaseTime}
                  hint={texts.withoutTenant(format.duration(report.msPerSecondWithoutTenant))}
                >
                  {texts.perSecond(format.duration(report.databaseMsPerSecond))}
                </Figure>
                <Figure
                  label={texts.connections}
                  hint={report.capacity > 0 && texts.ofCapacity(format.number(report.capacity))}
                >
                  {format.number(report.connections)}
                </Figure>
                <Figure label={texts.waiting}>{format.number(report.waiting)}</Figure>
                <Figure label={texts.instances}>{format.number(report.instances)}</Figure>
              </SimpleGrid>
              <NowTable tenants={report.tenants} />
            </>
          )}
        </Loaded>
        {chosen && (
          <TenantLoad
            key={chosen}
            reference={chosen}
            now={now.data?.tenants.find(({ tenantId, slug }) => [tenantId, slug].includes(chosen))}
          />
        )}
        <Top />
      </Stack>
    </>
  );
}
