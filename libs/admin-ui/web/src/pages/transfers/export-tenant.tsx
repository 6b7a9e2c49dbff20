import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { useTexts } from '../../texts/texts.js';
import { useStart } from '../operations/begun.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import type { TransferChoices } from './declared.js';
import { IncludeFields, type RecordKind } from './include-fields.js';

interface ExportTenantProps {
  readonly tenant: Tenant;
  readonly choices: TransferChoices;
}

/** Writes a tenant to an archive that is kept for some days. */
export function ExportTenant({ tenant, choices }: ExportTenantProps) {
  const { transfers: texts } = useTexts();
  const [include, setInclude] = useState<RecordKind[]>([]);
  const params = { path: { tenant: tenant.id } };
  const start = useStart(() => answer(api.POST('/tenants/{tenant}/exports', { params, body: { include } })));
  return (
    <ConfirmButton label={texts.export} target={tenant.slug} change={start}>
      <Stack>
        <Text size="sm">{texts.exportHint}</Text>
        <IncludeFields choices={choices} value={include} onChange={setInclude} />
      </Stack>
    </ConfirmButton>
  );
}
