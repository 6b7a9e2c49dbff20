import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Redirect,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { RequireTenant, TenancyExceptionFilter } from '@rowhouse/nestjs';
import { type Page, pageOf, pageQuery, SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { PROVIDER_NAME } from '../integrations-options.js';
import { TenantIntegrations } from '../tenant-integrations.js';
import { type IntegrationView, viewOf } from './integration-view.js';
import type { TenantIntegrationsRoutesOptions } from './integrations-path.js';

const authorization = z.strictObject({
  returnTo: z.string().optional(),
  integrationId: z.uuid().optional(),
});
const authorizationBody = authorization.nullish().transform((body) => body ?? {});

const listQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.iso.datetime(), z.uuid()]),
}).extend({ provider: z.string().regex(PROVIDER_NAME, 'expected the name of a provider').optional() });

/** The connections of the request's tenant. */
class IntegrationsController {
  constructor(@Inject(TenantIntegrations) private readonly integrations: TenantIntegrations) {}

  @Get('authorize/:provider')
  @Redirect()
  async redirect(
    @Param('provider') provider: string,
    @Query(new SchemaPipe('query', authorization)) query: z.output<typeof authorization>,
  ): Promise<{ url: string }> {
    return { url: await this.integrations.authorize(provider, query) };
  }

  /** For clients that send headers, which a browser does not when it follows a link. */
  @Post('authorize/:provider')
  @HttpCode(200)
  async authorize(
    @Param('provider') provider: string,
    @Body(new SchemaPipe('body', authorizationBody)) body: z.output<typeof authorizationBody>,
  ): Promise<{ url: string }> {
    return { url: await this.integrations.authorize(provider, body) };
  }

  @Get()
  async list(
    @Query(new SchemaPipe('query', listQuery)) { limit, cursor, provider }: z.output<typeof listQuery>,
  ): Promise<Page<IntegrationView>> {
    const after = cursor && { createdAt: new Date(cursor[0]), id: cursor[1] };
    const found = await this.integrations.list({ provider, after, limit: limit + 1 });
    return pageOf(found.map(viewOf), limit, ({ createdAt, id }) => [createdAt.toISOString(), id]);
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<IntegrationView> {
    return viewOf(await this.integrations.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@Param('id') id: string): Promise<void> {
    await this.integrations.delete(id);
  }
}

/** The controller at the app's path and behind the app's guard, for requests that name a tenant. */
export function integrationsController({ path, auth }: TenantIntegrationsRoutesOptions): Type {
  @Controller(path)
  @RequireTenant()
  @UseGuards(auth)
  @UseFilters(TenancyExceptionFilter)
  class TenantIntegrationsController extends IntegrationsController {}
  return TenantIntegrationsController;
}
