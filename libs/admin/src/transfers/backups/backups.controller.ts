import { randomUUID } from 'node:crypto';
import {
  Body,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import {
  actorOf,
  IdempotencyKey,
  idempotentId,
  operatorOf,
  type Page,
  type PlatformResponse,
  pageOf,
  pageQuery,
  RequireOperatorRole,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import type { TenantBackups } from '@rowhouse/transfer';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../../idempotency/idempotency.interceptor.js';
import { Describe } from '../../openapi/route-description.js';
import type { Operation, OperationKind } from '../../operations/operation.js';
import { Operations } from '../../operations/operations.js';
import { operationAnswer, pageAnswer } from '../../request-schemas.js';
import { TenantIdPipe } from '../../tenants/tenant-id.pipe.js';
import { requireDeclared } from '../include.js';
import { requireFreeSlug } from '../new-tenants/made-tenant.js';
import { TransferOperations } from '../transfer-operations.js';
import { restoredTenantSchema } from './backup-operations.js';
import { type BackupStatusView, backupStatusAnswer, statusViewOf } from './backup-status.js';
import { type BackupView, backupAnswer, requireBackups, viewOf } from './backup-view.js';

const pagesQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.iso.datetime(), z.guid()]),
});
const backupsQuery = pagesQuery.extend({
  tenant: z.guid().optional().describe('The id of a tenant, which may be purged.'),
});
const statusQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.int(), z.string().max(400)]),
}).extend({ tenant: z.guid().optional().describe('The id of a tenant.') });
const restoreRequest = restoredTenantSchema.prefault({});

/** The backups of a tenant that is there. */
export class TenantBackupsController {
  constructor(@Inject(TransferOperations) private readonly transfers: TransferOperations) {}

  @Get()
  @Describe({ summary: 'Lists the backups of a tenant, latest first.', answer: pageAnswer(backupAnswer) })
  list(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Query(new SchemaPipe('query', pagesQuery)) query: z.output<typeof pagesQuery>,
  ): Promise<Page<BackupView>> {
    return pageOfBackups(requireBackups(this.transfers.parts), tenantId, query);
  }
}

/** Backups, also those of tenants that are purged. */
@UseInterceptors(IdempotencyInterceptor)
export class BackupsController {
  constructor(
    @Inject(Operations) private readonly operations: Operations,
    @Inject(TransferOperations) private readonly transfers: TransferOperations,
  ) {}

  @Get()
  @Describe({ summary: 'Lists backups, latest first.', answer: pageAnswer(backupAnswer) })
  list(
    @Query(new SchemaPipe('query', backupsQuery)) { tenant, ...query }: z.output<typeof backupsQuery>,
  ): Promise<Page<BackupView>> {
    return pageOfBackups(this.#backups, tenant, query);
  }

  @Get('tenants')
  @Describe({
    summary:
      'Lists tenants with their schedules and their latest backups: first what failed, then those without a backup.',
    answer: pageAnswer(backupStatusAnswer),
  })
  async statuses(
    @Query(new SchemaPipe('query', statusQuery)) { limit, cursor, tenant }: z.output<typeof statusQuery>,
  ): Promise<Page<BackupStatusView>> {
    const found = await this.#backups.statuses({ limit: limit + 1, after: cursor, tenantId: tenant });
    const { items, next } = pageOf(found, limit, ({ rank, slug }) => [rank, slug]);
    return { items: items.map(statusViewOf), next };
  }

  @Get(':backup')
  @Describe({ summary: 'Reads what is known of a backup.', answer: backupAnswer })
  async find(@Param('backup') id: string): Promise<BackupView> {
    return viewOf(await this.#backups.find(id));
  }

  @Post(':backup/restores')
  @HttpCode(202)
  @Describe({
    summary:
      'Makes a new tenant of a backup. What is left out is as it was. The tenant has the id of the operation.',
    answer: operationAnswer,
  })
  async restore(
    @Param('backup') backup: string,
    @Body(new SchemaPipe('body', restoreRequest)) given: z.output<typeof restoreRequest>,
    @IdempotencyKey() key: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    requireDeclared(this.transfers.parts, given.include);
    const { tenantId } = await this.#backups.find(backup);
    const { restore } = this.transfers.backups;
    const id = idOf(restore, backup, key, request);
    await requireFreeSlug(this.transfers.parts.fleet, given.slug, id);
    return this.#start(restore, { ...given, backup }, { id, tenantId }, request, response);
  }

  @Post(':backup/proofs')
  @HttpCode(202)
  @Describe({
    summary: 'Restores a backup for a test, compares the rows, and removes it again.',
    answer: operationAnswer,
  })
  async prove(
    @Param('backup') backup: string,
    @IdempotencyKey() key: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    const { tenantId } = await this.#backups.find(backup);
    const { prove } = this.transfers.backups;
    const id = idOf(prove, backup, key, request);
    return this.#start(prove, { backup }, { id, tenantId }, request, response);
  }

  /** As a purge it needs an owner: the rows of then are gone for good. */
  @Delete(':backup')
  @HttpCode(204)
  @RequireOperatorRole('owner')
  @Describe({
    summary: 'Deletes a backup, and its file unless another backup is in it.',
    status: 204,
    problems: [409],
  })
  async remove(@Param('backup') id: string, @Req() request: object): Promise<void> {
    await this.#backups.delete(id, { by: actorOf(request) });
  }

  get #backups(): TenantBackups {
    return requireBackups(this.transfers.parts);
  }

  async #start<Input>(
    kind: OperationKind<Input>,
    input: Input,
    { id, tenantId }: { readonly id: string; readonly tenantId: string },
    request: object,
    response: PlatformResponse,
  ): Promise<Operation> {
    const operation = await this.operations.start(kind, input, { id, tenantId, by: actorOf(request) });
    response.header('Location', `../../operations/${id}`);
    return operation;
  }
}

async function pageOfBackups(
  { parts: { records } }: TenantBackups,
  tenantId: string | undefined,
  { limit, cursor }: z.output<typeof pagesQuery>,
): Promise<Page<BackupView>> {
  const after = cursor && { takenAt: new Date(cursor[0]), id: cursor[1] };
  const found = await records.list(tenantId, limit + 1, after);
  return pageOf(found.map(viewOf), limit, ({ takenAt, id }) => [takenAt.toISOString(), id]);
}

function idOf(
  { name }: Pick<OperationKind, 'name'>,
  backup: string,
  key: string | undefined,
  request: object,
): string {
  return key ? idempotentId(`${name} of ${backup} by ${operatorOf(request).id}`, key) : randomUUID();
}
