import { Stack, Title } from '@mantine/core';
import { PageTitle } from '../../parts/page-title.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { Begun } from '../operations/begun.js';
import { ArchivesTable } from './archives-table.js';
import { Declared } from './declared.js';
import { ImportArchive } from './import-archive.js';
import { MadeTenant } from './made-tenant.js';
import { MergedTables } from './merged-tables.js';
import { ARCHIVES_CHANGED, useArchives } from './use-archives.js';

/** The archives of all tenants, and imports. */
export function Transfers() {
  const { transfers: texts } = useTexts();
  const mayAct = useMay('operator');
  return (
    <>
      <PageTitle title={texts.title} />
      <Declared needs="transfers">
        {(choices) => (
          <Stack gap="lg">
            <Begun touched={[...ARCHIVES_CHANGED, ['tenants'], ['compare']]}>
              {(operation) => (
                <>
                  <MadeTenant operation={operation} />
                  <MergedTables operation={operation} />
                </>
              )}
            </Begun>
            {mayAct && <ImportArchive choices={choices} />}
            <div>
              <Title order={2} size="h4" mb="xs">
                {texts.archives}
              </Title>
              <AllArchives />
            </div>
          </Stack>
        )}
      </Declared>
    </>
  );
}

function AllArchives() {
  return <ArchivesTable pages={useArchives()} isOfAll />;
}
