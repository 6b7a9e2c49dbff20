import { Group, Stack, Title } from '@mantine/core';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { Begun } from '../operations/begun.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { ArchivesTable } from './archives-table.js';
import { CloneTenant } from './clone-tenant.js';
import { CopyRows } from './copy-rows.js';
import { Declared } from './declared.js';
import { ExportTenant } from './export-tenant.js';
import { MadeTenant } from './made-tenant.js';
import { MergedTables } from './merged-tables.js';
import { ARCHIVES_CHANGED, useArchives } from './use-archives.js';

/** Archives of a tenant, and its rows on their way to other tenants. */
export function TenantTransfers({ tenant }: { tenant: Tenant }) {
  const { transfers: texts } = useTexts();
  const mayAct = useMay('operator');
  const pages = useArchives(tenant.id);
  return (
    <Declared needs="transfers">
      {(choices) => (
        <Stack gap="lg">
          <Begun touched={[...ARCHIVES_CHANGED, ['tenants'], ['compare']]}>
            {(operation) => (
              <>
                <MadeTenant operation={operation} of={tenant.slug} />
                <MergedTables operation={operation} />
              </>
            )}
          </Begun>
          <Stack gap="sm">
            <Group justify="space-between">
              <Title order={2} size="h4">
                {texts.archives}
              </Title>
              {mayAct && <ExportTenant tenant={tenant} choices={choices} />}
            </Group>
            <ArchivesTable pages={pages} />
          </Stack>
          {mayAct && (
            <>
              <CloneTenant tenant={tenant} choices={choices} />
              <CopyRows tenant={tenant} />
            </>
          )}
        </Stack>
      )}
    </Declared>
  );
}
