import type { Tenant, TenantCompanion } from '@rowhouse/core';
import type { Client, HomeTable } from '../home/tables.js';
import { ContentDiffersError, checkedContent } from './checked-content.js';
import { companionRows } from './companions-of.js';
import { beginFrame, bytesFrames, endFrame } from './content-frames.js';
import type { ContentsCount } from './contents-report.js';

/**
 * The contents that rows of a tenant name, in frames. What is not there, or not what its row says, is counted as missing: one damaged file
 * must not keep all others out of every backup.
 *
 * @param client - acts as the tenant, in a snapshot.
 */
export async function* readContents(
  client: Client,
  tenant: Tenant,
  companion: TenantCompanion,
  table: HomeTable,
  count: ContentsCount,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  for await (const row of companionRows(client, companion, table)) {
    signal?.throwIfAborted();
    const expected = companion.contentOf(row);
    if (!expected) continue;
    yield beginFrame({ id: row['id'] as string, ...expected });
    const content = await companion.read(tenant, row);
    if (!content) {
      count.missing += 1;
      yield endFrame('missing');
      continue;
    }
    try {
      for await (const bytes of checkedContent(content, expected)) yield* bytesFrames(bytes);
    } catch (error) {
      if (!(error instanceof ContentDiffersError)) throw error;
      count.missing += 1;
      yield endFrame('differs');
      continue;
    }
    count.add(expected.sizeBytes);
    yield endFrame('whole');
  }
}
