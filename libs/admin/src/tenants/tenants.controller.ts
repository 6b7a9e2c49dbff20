import { randomUUID } from 'node:crypto';
import {
  Body,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import { Catalog, type Tenant, type TenantChange, TenantConflictError } from '@rowhouse/core';
import { DEFAULT_PLAN } from '@rowhouse/core/internal';
import { Fleet, TenantLifecycle } from '@rowhouse/migrations';
import {
  actorOf,
  EntityTagInterceptor,
  etagOf,
  IdempotencyKey,
  idempotentId,
  operatorOf,
  type Page,
  type PlatformResponse,
  pageOf,
  RequireOperatorRole,
  requireMatch,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import type { Operation } from '../operations/operation.js';
import { Operations } from '../operations/operations.js';
import { operationAnswer, pageAnswer, purgeRequest, tenantAnswer, tenantsQuery } from '../request-schemas.js';
import { listingKeyOf, type TenantDetails, TenantListing } from './tenant-listing.js';
import { newTenantSchema, TenantOperations } from './tenant-operations.js';

const changeSchema = z
  .strictObject({
    name: newTenantSchema.shape.name,
    plan: newTenantSchema.shape.plan,
    metadata: newTenantSchema.shape.metadata,
  })
  .refine((change) => Object.keys(change).length > 0, 'expected one of name, plan, metadata')
  .meta({ minProperties: 1 });

const ifMatchHeader = 'if-match';

/** Tenants, by id or by slug. */
@UseInterceptors(IdempotencyInterceptor)
export class TenantsController {
  readonly #listing: TenantListing;

  constructor(
    @Inject(Catalog) catalog: Catalog,
    @Inject(Fleet) fleet: Fleet,
    @Inject(TenantLifecycle) private readonly lifecycle: TenantLifecycle,
    @Inject(Operations) private readonly operations: Operations,
    @Inject(TenantOperations) private readonly kinds: TenantOperations,
  ) {
    this.#listing = new TenantListing(catalog, fleet);
  }

  @Get()
  @Describe({ summary: 'Lists tenants.', answer: pageAnswer(tenantAnswer) })
  async list(
    @Query(new SchemaPipe('query', tenantsQuery)) query: z.output<typeof tenantsQuery>,
  ): Promise<Page<TenantDetails>> {
    const { limit, cursor, ...rest } = query;
    const found = await this.#listing.list({ ...rest, limit: limit + 1, after: cursor });
    return pageOf(found, limit, (tenant) => listingKeyOf(tenant, query.sort));
  }

  @Post()
  @HttpCode(202)
  @Describe({
    summary: 'Makes a tenant, with its home and its tables. The operation has the id of the tenant.',
    answer: operationAnswer,
  })
  async create(
    @Body(new SchemaPipe('body', newTenantSchema)) body: z.output<typeof newTenantSchema>,
    @IdempotencyKey() key: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    const id = key ? idempotentId(`tenant of ${operatorOf(request).id}`, key) : randomUUID();
    await this.#requirePossible(body, id);
    const operation = await this.operations.start(
      this.kinds.create,
      { ...body, id },
      { id, tenantId: id, by: actorOf(request) },
    );
    response.header('Location', `operations/${id}`);
    return operation;
  }

  @Get(':tenant')
  @UseInterceptors(EntityTagInterceptor)
  @Describe({ summary: 'Reads a tenant.', answer: tenantAnswer })
  find(@Param('tenant') tenant: string): Promise<TenantDetails> {
    return this.#find(tenant);
  }

  @Patch(':tenant')
  @Describe({
    summary: 'Changes a tenant. Metadata are replaced as a whole.',
    answer: tenantAnswer,
  })
  async update(
    @Param('tenant') tenant: string,
    @Body(new SchemaPipe('body', changeSchema)) change: TenantChange,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Req() request: object,
  ): Promise<TenantDetails> {
    const { id, check } = await this.#matching(tenant, ifMatch);
    await this.lifecycle.update(id, change, { check, by: actorOf(request) });
    return this.#listing.find(id);
  }

  @Delete(':tenant')
  @Describe({
    summary: 'Takes a tenant out of service and marks it for purging. It can be restored until it is purged.',
    answer: z.object({ tenant: tenantAnswer, purgeAfter: z.date() }),
    problems: [409],
  })
  async remove(
    @Param('tenant') tenant: string,
    @Query(
      new SchemaPipe(
        'query',
        z.strictObject({ retentionDays: z.coerce.number().pipe(z.int().min(0).max(3_650)).optional() }),
      ),
    )
    options: { retentionDays?: number | undefined },
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Req() request: object,
  ): Promise<{ tenant: TenantDetails; purgeAfter: Date }> {
    const { id, check } = await this.#matching(tenant, ifMatch);
    const { retentionDays } = options;
    const { purgeAfter } = await this.lifecycle.delete(
      id,
      retentionDays === undefined ? {} : { retentionDays },
      { check, by: actorOf(request) },
    );
    return { tenant: await this.#listing.find(id), purgeAfter };
  }

  @Post(':tenant/suspend')
  @HttpCode(200)
  @Describe({
    summary: 'Takes a tenant out of service: 403.',
    answer: tenantAnswer,
  })
  suspend(
    @Param('tenant') tenant: string,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Req() request: object,
  ): Promise<TenantDetails> {
    return this.#change('suspend', tenant, ifMatch, request);
  }

  @Post(':tenant/activate')
  @HttpCode(200)
  @Describe({
    summary: 'Puts a tenant into service, after the migrations that its home lacks.',
    answer: tenantAnswer,
  })
  activate(
    @Param('tenant') tenant: string,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Req() request: object,
  ): Promise<TenantDetails> {
    return this.#change('activate', tenant, ifMatch, request);
  }

  @Post(':tenant/maintenance')
  @HttpCode(200)
  @Describe({
    summary: 'Takes a tenant out of service for a short time: 503 and Retry-After.',
    answer: tenantAnswer,
  })
  maintenance(
    @Param('tenant') tenant: string,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Req() request: object,
  ): Promise<TenantDetails> {
    return this.#change('maintenance', tenant, ifMatch, request);
  }

  @Post(':tenant/archive')
  @HttpCode(200)
  @Describe({
    summary: 'Takes a tenant out of service for long.',
    answer: tenantAnswer,
  })
  archive(
    @Param('tenant') tenant: string,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Req() request: object,
  ): Promise<TenantDetails> {
    return this.#change('archive', tenant, ifMatch, request);
  }

  @Post(':tenant/restore')
  @HttpCode(200)
  @Describe({
    summary: 'Gives a deleted tenant its former status back.',
    answer: tenantAnswer,
  })
  restore(
    @Param('tenant') tenant: string,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Req() request: object,
  ): Promise<TenantDetails> {
    return this.#change('restore', tenant, ifMatch, request);
  }

  @Post(':tenant/purge')
  @HttpCode(202)
  @RequireOperatorRole('owner')
  @Describe({
    summary: 'Removes a deleted tenant with all its data, for good.',
    answer: operationAnswer,
  })
  async purge(
    @Param('tenant') tenant: string,
    @Body(new SchemaPipe('body', purgeRequest)) {
      confirm,
      beforeRetentionEnds,
    }: z.output<typeof purgeRequest>,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    const { id, slug } = await this.#matching(tenant, ifMatch);
    if (confirm !== slug) throw new TenantConflictError(`To purge "${slug}", confirm with its slug.`);
    const operation = await this.operations.start(
      this.kinds.purge,
      { id, confirm, beforeRetentionEnds },
      { tenantId: id, by: actorOf(request) },
    );
    response.header('Location', `../../operations/${operation.id}`);
    return operation;
  }

  async #change(
    how: 'suspend' | 'activate' | 'maintenance' | 'archive' | 'restore',
    tenant: string,
    ifMatch: string | undefined,
    request: object,
  ): Promise<TenantDetails> {
    const { id, check } = await this.#matching(tenant, ifMatch);
    await this.lifecycle[how](id, { check, by: actorOf(request) });
    return this.#listing.find(id);
  }

  async #find(slugOrId: string): Promise<TenantDetails> {
    const { id } = await this.lifecycle.find(slugOrId);
    return this.#listing.find(id);
  }

  /**
   * Holds a change to the state that the client has read: now, and again when nobody else can change it.
   *
   * @throws {PreconditionFailedError}
   */
  async #matching(
    slugOrId: string,
    ifMatch: string | undefined,
  ): Promise<{ id: string; slug: string; check: (present: Tenant) => void }> {
    const tenant = await this.#find(slugOrId);
    requireMatch(ifMatch, etagOf(tenant));
    return {
      id: tenant.id,
      slug: tenant.slug,
      check: ({ schema: _, ...present }) => requireMatch(ifMatch, etagOf({ ...tenant, ...present })),
    };
  }

  /** Before anything begins: the answer is 400 or 409 then, and no failed operation. */
  async #requirePossible(
    { slug, plan = DEFAULT_PLAN }: z.output<typeof newTenantSchema>,
    id: string,
  ): Promise<void> {
    this.lifecycle.plans.requirePlan(plan);
    const holder = await this.lifecycle.find(slug).catch(() => undefined);
    if (holder && holder.id !== id) throw new TenantConflictError(`The slug "${slug}" is taken.`);
  }
}
