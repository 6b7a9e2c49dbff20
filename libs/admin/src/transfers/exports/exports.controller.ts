import {
  Body,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  type StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import {
  actorOf,
  EntityTagInterceptor,
  type Page,
  type PlatformResponse,
  pageOf,
  pageQuery,
  RequireOperatorRole,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../../idempotency/idempotency.interceptor.js';
import { Describe } from '../../openapi/route-description.js';
import { pageAnswer } from '../../request-schemas.js';
import type { ArchiveFiles } from '../archive-files.js';
import { TransferOperations } from '../transfer-operations.js';
import { type DownloadRequest, download } from './download.js';
import { type Export, Exports } from './exports.js';

const MAX_LINK_MINUTES = 1_440;

const exportAnswer = z
  .object({
    id: z.guid().describe('That of the operation that made it.'),
    tenantId: z.guid(),
    slug: z.string(),
    sizeBytes: z.int(),
    sha256: z.string().describe('Of the file.'),
    rows: z.int(),
    tables: z.array(z.object({ name: z.string(), rows: z.int() })),
    createdBy: z.object({ type: z.string(), id: z.string() }).nullable(),
    createdAt: z.date(),
    expiresAt: z.date().describe('When it is removed.'),
  })
  .meta({ id: 'Export' });

const exportsQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.iso.datetime(), z.guid()]),
}).extend({ tenant: z.guid().optional().describe('The id of a tenant, which may be purged.') });

const linkRequest = z
  .strictObject({ minutes: z.int().min(1).max(MAX_LINK_MINUTES).default(15) })
  .prefault({});

const linkAnswer = z
  .object({
    url: z.string().describe('Below the origin of the server. Whoever has it can download the archive.'),
    expiresAt: z.date(),
  })
  .meta({ id: 'DownloadLink' });

interface LinkRequest {
  readonly url: string;
  readonly originalUrl?: string;
}

/** The archives that are kept. To have one is to have all rows of a tenant: viewers see that there is one, and no more. */
@UseInterceptors(IdempotencyInterceptor)
export class ExportsController {
  readonly #files: ArchiveFiles;

  constructor(
    @Inject(Exports) private readonly exports: Exports,
    @Inject(TransferOperations) { parts }: TransferOperations,
  ) {
    this.#files = parts.files;
  }

  @Get()
  @Describe({ summary: 'Lists archives, latest first.', answer: pageAnswer(exportAnswer) })
  async list(
    @Query(new SchemaPipe('query', exportsQuery)) { limit, cursor, tenant }: z.output<typeof exportsQuery>,
  ): Promise<Page<Export>> {
    const found = await this.exports.list({ limit: limit + 1, after: cursor, tenantId: tenant });
    return pageOf(found, limit, ({ createdAt, id }) => [createdAt.toISOString(), id]);
  }

  @Get(':export')
  @UseInterceptors(EntityTagInterceptor)
  @Describe({ summary: 'Reads what is known of an archive.', answer: exportAnswer })
  find(@Param('export') id: string): Promise<Export> {
    return this.exports.find(id);
  }

  @Get(':export/content')
  @RequireOperatorRole('operator')
  @Describe({
    summary: 'Downloads an archive, or a range of it.',
    mediaType: 'application/gzip',
    also: [206, 304],
    problems: [416],
  })
  async content(
    @Param('export') id: string,
    @Headers('range') _range: string | undefined,
    @Headers('if-range') _ifRange: string | undefined,
    @Req() request: DownloadRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<StreamableFile | undefined> {
    return download(this.exports, this.#files, id, request, response);
  }

  @Post(':export/links')
  @Describe({
    summary: 'Makes a link by which the archive can be downloaded for some minutes, without signing in.',
    answer: linkAnswer,
  })
  async link(
    @Param('export') id: string,
    @Body(new SchemaPipe('body', linkRequest)) { minutes }: z.output<typeof linkRequest>,
    @Req() request: LinkRequest,
  ): Promise<z.output<typeof linkAnswer>> {
    const { expires, signature } = await this.exports.link(id, minutes, actorOf(request));
    const [path = ''] = (request.originalUrl ?? request.url).split('?');
    const root = path.replace(/\/exports\/[^/]+\/links\/?$/, '');
    return {
      url: `${root}/downloads/${id}?expires=${expires}&signature=${signature}`,
      expiresAt: new Date(expires * 1_000),
    };
  }

  @Delete(':export')
  @HttpCode(204)
  @Describe({ summary: 'Removes an archive and its links.', status: 204 })
  async remove(@Param('export') id: string, @Req() request: object): Promise<void> {
    await this.exports.remove(id, actorOf(request));
  }
}
