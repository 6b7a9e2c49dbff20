import { randomUUID } from 'node:crypto';
import { Body, HttpCode, Inject, Post, Query, Req, Res, UseInterceptors } from '@nestjs/common';
import {
  actorOf,
  IdempotencyKey,
  idempotentId,
  operatorOf,
  type PlatformResponse,
  RequestInvalidError,
  SchemaPipe,
  type UnreadRequest,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../../idempotency/idempotency.interceptor.js';
import { Describe } from '../../openapi/route-description.js';
import type { Operation } from '../../operations/operation.js';
import { Operations } from '../../operations/operations.js';
import { operationAnswer } from '../../request-schemas.js';
import { contents } from '../contents.js';
import { INCLUDE_DESCRIPTION, include, requireDeclared } from '../include.js';
import { requireFreeSlug, suspended } from '../new-tenants/made-tenant.js';
import { TransferOperations } from '../transfer-operations.js';
import { MAX_UPLOAD_BYTES } from '../transfer-tokens.js';
import { requireIdentity } from './identity.js';
import { type ImportInput, importedTenantSchema } from './import-operation.js';
import { namedArchiveFields, requireArchive } from './named-archive.js';
import { hasDigest, receive, UPLOAD_TYPES } from './upload.js';

const importRequest = importedTenantSchema.extend(namedArchiveFields);
const uploadQuery = importedTenantSchema.extend({
  include: z
    .string()
    .transform((kinds) => kinds.split(','))
    .pipe(include)
    .default([])
    .describe(`${INCLUDE_DESCRIPTION} Separated by commas.`),
  suspended: z
    .stringbool()
    .default(false)
    .describe(suspended.description ?? ''),
  contents: z
    .stringbool()
    .optional()
    .describe(contents.description ?? ''),
  dryRun: z.stringbool().default(false).describe('Checks the archive, and makes nothing.'),
  identity: namedArchiveFields.identity,
});

/** Archives become tenants. The operation has the id of the new tenant. */
@UseInterceptors(IdempotencyInterceptor)
export class ImportsController {
  constructor(
    @Inject(Operations) private readonly operations: Operations,
    @Inject(TransferOperations) private readonly transfers: TransferOperations,
    @Inject(MAX_UPLOAD_BYTES) private readonly maxUploadBytes: number,
  ) {}

  @Post()
  @HttpCode(202)
  @Describe({
    summary:
      'Makes a new tenant of an archive that is kept, or was uploaded. What is left out is as in the archive.',
    answer: operationAnswer,
    problems: [404, 409],
  })
  async start(
    @Body(new SchemaPipe('body', importRequest)) {
      export: kept,
      upload,
      ...given
    }: z.output<typeof importRequest>,
    @IdempotencyKey() key: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    const id = idOf(key, request);
    await requireArchive(this.transfers.parts, { export: kept, upload, identity: given.identity });
    const archive = upload === undefined ? { export: kept ?? '' } : { resumable: upload };
    return this.#start({ ...given, archive }, id, request, response, '');
  }

  @Post('upload')
  @HttpCode(202)
  @Describe({
    summary:
      'Makes a new tenant of the archive that is the body. With an Idempotency-Key it needs a Content-Digest (RFC 9530).',
    answer: operationAnswer,
    bodyTypes: UPLOAD_TYPES,
    problems: [413, 415],
  })
  async upload(
    @Query(new SchemaPipe('query', uploadQuery)) given: z.output<typeof uploadQuery>,
    @IdempotencyKey() key: string | undefined,
    @Req() request: UnreadRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    if (key !== undefined && !hasDigest(request))
      throw new RequestInvalidError([
        { field: 'Content-Digest', expected: 'expected sha-256=:…:, since there is an Idempotency-Key' },
      ]);
    const id = idOf(key, request);
    const { fleet, files } = this.transfers.parts;
    if (given.identity !== undefined) requireIdentity(this.transfers.parts, given.identity);
    await requireFreeSlug(fleet, given.slug, id);
    await receive(request, files, id, this.maxUploadBytes);
    try {
      return await this.#start({ ...given, archive: { upload: id } }, id, request, response, '../');
    } catch (error) {
      await files.remove('upload', id);
      throw error;
    }
  }

  async #start(
    input: ImportInput,
    id: string,
    request: object,
    response: PlatformResponse,
    up: string,
  ): Promise<Operation> {
    await requireFreeSlug(this.transfers.parts.fleet, input.slug, id);
    requireDeclared(this.transfers.parts, input.include);
    const operation = await this.operations.start(this.transfers.import, input, {
      id,
      ...(!input.dryRun && { tenantId: id }),
      by: actorOf(request),
    });
    response.header('Location', `${up}operations/${id}`);
    return operation;
  }
}

function idOf(key: string | undefined, request: object): string {
  return key ? idempotentId(`import of ${operatorOf(request).id}`, key) : randomUUID();
}
