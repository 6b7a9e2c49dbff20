import { Body, Get, HttpCode, Inject, Module, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { TENANT_STATUSES, type Tenant, TenantDirectory, TenantNotFoundError } from '@rowhouse/core';
import {
  EntityTagInterceptor,
  guardedPathOf,
  type OperatorRoutesOptions,
  operatorController,
  RequireOperatorRole,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';

// As docs/tenant-service.md has it.

const tenantsQuery = z.union([
  z.strictObject({ slug: z.string().max(63) }),
  z.strictObject({ domain: z.string().max(253) }),
  z.strictObject({
    limit: z.coerce.number().pipe(z.int().min(1).max(1_000)),
    cursor: z.string().max(1_000).optional(),
    status: z.enum(TENANT_STATUSES).optional(),
  }),
]);
const keyLookUp = z.strictObject({ apiKey: z.string().min(1).max(1_000) });

class TenantServiceController {
  constructor(@Inject(TenantDirectory) private readonly directory: TenantDirectory) {}

  @Get()
  @UseInterceptors(EntityTagInterceptor)
  async find(@Query(new SchemaPipe('query', tenantsQuery)) query: z.output<typeof tenantsQuery>) {
    if ('slug' in query) return sent(await this.directory.bySlug(query.slug));
    if ('domain' in query) return sent(await this.directory.byDomain(query.domain));
    const { limit, cursor, status } = query;
    const { tenants, next } = await this.directory.list({
      limit,
      ...(cursor && { cursor }),
      ...(status && { status }),
    });
    return { tenants: tenants.map(sent), next };
  }

  @Get(':id')
  @UseInterceptors(EntityTagInterceptor)
  async findById(@Param('id') id: string) {
    return sent(await this.directory.byId(id));
  }

  @Post('lookup-by-key')
  @HttpCode(200)
  @RequireOperatorRole('viewer')
  async findByKey(@Body(new SchemaPipe('body', keyLookUp)) { apiKey }: z.output<typeof keyLookUp>) {
    const found = await this.directory.findApiKey(apiKey);
    // The answer has no networks, so the other app could not hold the key to them.
    return sent(found?.apiKey.networks.length === 0 ? found.tenant : undefined);
  }
}

/** @throws {TenantNotFoundError} */
function sent(tenant: Tenant | undefined): Omit<Tenant, 'schema'> {
  if (!tenant) throw new TenantNotFoundError();
  const { schema: _, ...fields } = tenant;
  return fields;
}

@Module({})
export class TenantServiceModule {
  static forRoot(options: OperatorRoutesOptions) {
    const http = guardedPathOf('TenantServiceModule', options);
    return {
      module: TenantServiceModule,
      controllers: http ? [operatorController(http, TenantServiceController, 'tenants')] : [],
    };
  }
}
