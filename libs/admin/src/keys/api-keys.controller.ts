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
import {
  actorOf,
  etagOf,
  type Page,
  type PlatformResponse,
  pageOf,
  pageQuery,
  requireMatch,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import { TenantIdPipe } from '../tenants/tenant-id.pipe.js';
import {
  type ApiKey,
  apiKeyChangeSchema,
  type NewApiKey,
  newApiKeySchema,
  rotationSchema,
} from './api-key.js';
import { type ApiKeyCheck, ApiKeys } from './api-keys.js';

const apiKeyFields = z.object({
  id: z.guid(),
  label: z.string(),
  prefix: z.string().nullable().describe('The first characters, to recognise the key by.'),
  scopes: z.array(z.string()),
  networks: z.array(z.string()),
  pepperVersion: z.int().describe('The pepper that its hash is made with; 0 for none.'),
  expiresAt: z.date().nullable(),
  lastUsedAt: z.date().nullable().describe('To the minute.'),
  createdAt: z.date(),
  createdBy: z.object({ type: z.string(), id: z.string() }).nullable(),
  revokedAt: z.date().nullable(),
  replacedBy: z.guid().nullable().describe('The key that took its place.'),
});
const apiKeyAnswer = apiKeyFields.meta({ id: 'ApiKey' });
const newApiKeyAnswer = apiKeyFields
  .extend({ key: z.string().describe('The key itself. It is shown this once.') })
  .meta({ id: 'NewApiKey' });

const apiKeysQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.iso.datetime(), z.guid()]),
});

/** A rotation may come without a body. */
const rotationRequest = rotationSchema.prefault({});

const ifMatchHeader = 'if-match';

/** The API keys of a tenant, which is named by its id or its slug. */
@UseInterceptors(IdempotencyInterceptor)
export class ApiKeysController {
  constructor(@Inject(ApiKeys) private readonly keys: ApiKeys) {}

  @Get()
  @Describe({
    summary: 'Lists the API keys of a tenant, latest first, with those that are revoked or expired.',
    answer: pageAnswer(apiKeyAnswer),
  })
  async list(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Query(new SchemaPipe('query', apiKeysQuery)) { limit, cursor }: z.output<typeof apiKeysQuery>,
  ): Promise<Page<ApiKey>> {
    const found = await this.keys.list(tenantId, { limit: limit + 1, after: cursor });
    return pageOf(found, limit, (key) => [key.createdAt.toISOString(), key.id]);
  }

  @Post()
  @Describe({
    summary: 'Makes an API key. It is shown in this answer only, and again to the same Idempotency-Key.',
    answer: newApiKeyAnswer,
  })
  async create(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Body(new SchemaPipe('body', newApiKeySchema)) body: z.output<typeof newApiKeySchema>,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<NewApiKey> {
    const created = await this.keys.create(tenantId, body, { by: actorOf(request) });
    response.header('Location', `keys/${created.id}`);
    return shown(created, response);
  }

  @Get(':key')
  @Describe({ summary: 'Reads an API key, without the key itself.', answer: apiKeyAnswer })
  async find(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Param('key') key: string,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<ApiKey> {
    return shown(await this.keys.find(tenantId, key), response);
  }

  @Patch(':key')
  @Describe({
    summary:
      'Changes the label, the scopes, the networks or the expiry of an API key. Lists are replaced as a whole.',
    answer: apiKeyAnswer,
    problems: [409],
  })
  async update(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Param('key') key: string,
    @Body(new SchemaPipe('body', apiKeyChangeSchema)) change: z.output<typeof apiKeyChangeSchema>,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<ApiKey> {
    return shown(await this.keys.update(tenantId, key, change, { check: matching(ifMatch) }), response);
  }

  @Delete(':key')
  @Describe({
    summary: 'Revokes an API key, for good. The key stays in the listing.',
    answer: apiKeyAnswer,
  })
  async revoke(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Param('key') key: string,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<ApiKey> {
    return shown(await this.keys.revoke(tenantId, key, { check: matching(ifMatch) }), response);
  }

  @Post(':key/rotate')
  @HttpCode(201)
  @Describe({
    summary: 'Makes a key that takes the place of another, which still works for the overlap.',
    answer: newApiKeyAnswer,
    status: 201,
  })
  async rotate(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Param('key') key: string,
    @Body(new SchemaPipe('body', rotationRequest)) rotation: z.output<typeof rotationSchema>,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<NewApiKey> {
    const options = { by: actorOf(request), check: matching(ifMatch) };
    const successor = await this.keys.rotate(tenantId, key, rotation, options);
    response.header('Location', `../${successor.id}`);
    return shown(successor, response);
  }
}

/** That a key is used does not change it. */
function tagOf({ lastUsedAt: _, ...key }: ApiKey): string {
  return etagOf(key);
}

function matching(ifMatch: string | undefined): ApiKeyCheck {
  return (present) => requireMatch(ifMatch, tagOf(present));
}

/** With the ETag that a read of it has. */
function shown<T extends ApiKey>(key: T, response: PlatformResponse): T {
  const { key: _, ...details } = key as T & Partial<NewApiKey>;
  response.header('ETag', tagOf(details as ApiKey));
  response.header('Cache-Control', 'no-store');
  return key;
}
