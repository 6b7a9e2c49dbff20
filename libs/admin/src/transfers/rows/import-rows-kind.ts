import { importInto } from '@rowhouse/transfer';
import type { z } from 'zod';
import { fileOf, namedArchiveFields, readingOf, requireArchive } from '../imports/named-archive.js';
import { INCLUDE_DESCRIPTION, include, requireDeclared } from '../include.js';
import { transferControlOf } from '../transfer-control.js';
import type { TransferKind } from '../transfer-kind.js';
import { copyBody, overwrites } from './copy-body.js';
import { requireRepeatable } from './once.js';

const importBody = copyBody.extend({
  ...namedArchiveFields,
  include: include.default([]).describe(INCLUDE_DESCRIPTION),
});

/** Writes the rows of an archive to a tenant that is there. */
export const importRowsKind: TransferKind<z.output<typeof importBody>> = {
  name: 'import.rows',
  route: 'imports',
  summary: 'Writes the rows of an archive to the tenant, which may be serving requests: all or nothing.',
  body: importBody,
  isForOwners: overwrites,
  prepare: async (parts, _, body) => {
    requireDeclared(parts, body.include);
    await requireArchive(parts, body);
    return body;
  },
  run: async (parts, tenant, { export: kept, upload, identity, include, contents, ...options }, control) => {
    const { fleet, uploads, records } = parts;
    requireRepeatable(options, control);
    const named = { export: kept, upload, identity };
    const file = await fileOf(parts, named);
    control.onStep('rows');
    const report = await importInto(fleet, file, tenant.id, options, {
      ...transferControlOf(control),
      ...readingOf(parts, named),
      include,
      records,
      contents,
    });
    if (upload !== undefined && !options.dryRun) await uploads.removeIfThere(upload, control.by);
    return report;
  },
  cancel: async () => {},
};
