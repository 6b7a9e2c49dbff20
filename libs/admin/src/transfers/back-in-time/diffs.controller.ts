import { Readable } from 'node:stream';
import { Get, Inject, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { Fleet } from '@rowhouse/migrations';
import { type PlatformResponse, RequireOperatorRole, SchemaPipe } from '@rowhouse/nestjs/operator';
import { type DiffReport, diffTenants, type RowChange, type TenantDiff } from '@rowhouse/transfer';
import { z } from 'zod';
import { Describe } from '../../openapi/route-description.js';
import { queryBoolean } from '../../query-boolean.js';
import { signalOf } from '../../response-signal.js';
import { TenantIdPipe } from '../../tenants/tenant-id.pipe.js';
import { shownText } from '../../text.js';

const NDJSON = 'application/x-ndjson';

const names = z.array(z.string());

const diffAnswer = z
  .object({
    isEqual: z.boolean().describe('No row, table or column differs.'),
    tables: z.array(
      z.object({
        name: z.string(),
        added: z.int().describe('Rows that only the other tenant has.'),
        removed: z.int().describe('Rows that only this tenant has.'),
        changed: z.int(),
        key: names.describe('The columns that rows are matched by.'),
        columnsOnlyBefore: names,
        columnsOnlyAfter: names,
      }),
    ),
    tablesOnlyBefore: names,
    tablesOnlyAfter: names,
  })
  .meta({ id: 'Diff' });

const diffQuery = z.strictObject({
  tables: shownText(10_000)
    .transform((list) => list.split(',').filter((name) => name !== ''))
    .pipe(z.array(z.string()).min(1))
    .optional()
    .describe('Names, separated by commas. Default: all.'),
});
const rowsQuery = diffQuery.extend({
  keysOnly: queryBoolean.default(false).describe('Says which rows differ, and not what they hold.'),
});

/** What differs between this tenant and another one. It shows what is in their rows, so that viewers may not. */
export class DiffsController {
  constructor(@Inject(Fleet) private readonly fleet: Fleet) {}

  @Get()
  @RequireOperatorRole('operator')
  @Describe({
    summary: 'Counts the rows that differ from those of another tenant.',
    answer: diffAnswer,
    problems: [409],
  })
  async report(
    @Param('tenant', TenantIdPipe) before: string,
    @Param('other', TenantIdPipe) after: string,
    @Query(new SchemaPipe('query', diffQuery)) { tables }: z.output<typeof diffQuery>,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<DiffReport> {
    const signal = signalOf(response);
    const diff = await this.#diff(before, after, { tables, keysOnly: true, limit: 0, signal });
    // No change is handed out, so that it ends when all are counted.
    await diff[Symbol.asyncIterator]().next();
    return diff.report;
  }

  @Get('rows')
  @RequireOperatorRole('operator')
  @Describe({
    summary: 'Streams the rows that differ, one a line; the last line is the report.',
    answer: z.string(),
    mediaType: NDJSON,
    problems: [409],
  })
  async rows(
    @Param('tenant', TenantIdPipe) before: string,
    @Param('other', TenantIdPipe) after: string,
    @Query(new SchemaPipe('query', rowsQuery)) { tables, keysOnly }: z.output<typeof rowsQuery>,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<StreamableFile> {
    const signal = signalOf(response);
    const diff = await this.#diff(before, after, { tables, keysOnly, signal });
    const changes = diff[Symbol.asyncIterator]();
    // What can be refused is refused here, and not in the middle of the answer.
    const first = await changes.next();
    const end = () => void changes.return(undefined).catch(() => {});
    // Also where nobody has begun to read: the comparison holds connections.
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    return new StreamableFile(Readable.from(linesOf(diff, first, changes), { objectMode: false }), {
      type: NDJSON,
    });
  }

  async #diff(
    before: string,
    after: string,
    options: Parameters<typeof diffTenants>[3],
  ): Promise<TenantDiff> {
    const { tenants } = this.fleet;
    return diffTenants(this.fleet, await tenants.find(before), await tenants.find(after), options);
  }
}

async function* linesOf(
  diff: TenantDiff,
  first: IteratorResult<RowChange>,
  changes: AsyncGenerator<RowChange>,
): AsyncGenerator<string> {
  if (first.done !== true) yield lineOf(first.value);
  for await (const change of changes) yield lineOf(change);
  yield lineOf({ report: diff.report });
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
