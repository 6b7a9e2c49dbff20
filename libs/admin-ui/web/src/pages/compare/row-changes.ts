import { answer, api } from '../../api/client.js';

type RowTexts = Readonly<Record<string, string | null>>;

/** A row that only one of two tenants has, or that both have and that differs. */
export interface RowChange {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly key: RowTexts;
  readonly before?: RowTexts;
  readonly after?: RowTexts;
  readonly columns?: readonly string[];
}

interface Compared {
  readonly tenant: string;
  readonly other: string;
  readonly table: string;
}

/** The first rows of a table that differ. The comparison ends with them: nobody waits for the rest. */
export async function firstChanges(
  { tenant, other, table }: Compared,
  limit: number,
  signal: AbortSignal,
): Promise<readonly RowChange[]> {
  const params = { path: { tenant, other }, query: { tables: table } };
  const stream = await answer(
    api.GET('/tenants/{tenant}/diffs/{other}/rows', { params, parseAs: 'stream', signal }),
  );
  const changes: RowChange[] = [];
  if (!stream) return changes;
  const reader = (stream as unknown as ReadableStream<BufferSource>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let rest = '';
  while (changes.length < limit) {
    const { done, value } = await reader.read();
    if (done) return changes;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const read = JSON.parse(line);
      if (!read.report) changes.push(read);
    }
  }
  await reader.cancel();
  return changes.slice(0, limit);
}
