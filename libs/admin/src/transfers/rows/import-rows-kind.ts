import { importInto } from '@rowhouse/transfer';
import { z } from 'zod';
import { INCLUDE_DESCRIPTION, include, requireDeclared } from '../include.js';
import { transferControlOf } from '../transfer-control.js';
import type { TransferKind } from '../transfer-kind.js';
import { copyBody, overwrites } from './copy-body.js';
import { requireRepeatable } from './once.js';

const importBody = copyBody.extend({
  export: z.guid().describe('The id of an archive that is kept.'),
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
    await parts.exports.find(body.export);
    return body;
  },
  run: async (parts, tenant, { export: id, include, ...options }, control) => {
    const { fleet, files, exports, records, archives } = parts;
    requireRepeatable(options, control);
    const archive = await exports.find(id);
    control.onStep('rows');
    return importInto(fleet, files.archive('export', archive.id), tenant.id, options, {
      ...transferControlOf(control),
      trustedKeys: archives.trustedKeys,
      include,
      records,
    });
  },
  cancel: async () => {},
};
