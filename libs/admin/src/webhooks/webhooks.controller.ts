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
  EntityTagInterceptor,
  etagOf,
  type Page,
  type PlatformResponse,
  pageOf,
  requireMatch,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import { newWebhookSchema, type Webhook, type WebhookWithSecret, webhookChangeSchema } from './webhook.js';
import { rotationRequest, webhookAnswer, webhooksQuery, webhookWithSecretAnswer } from './webhook-schemas.js';
import { type WebhookControl, Webhooks } from './webhooks.js';

/** Where events are sent to. */
@UseInterceptors(IdempotencyInterceptor)
export class WebhooksController {
  constructor(@Inject(Webhooks) private readonly webhooks: Webhooks) {}

  @Get()
  @Describe({ summary: 'Lists webhooks, latest first.', answer: pageAnswer(webhookAnswer), problems: [404] })
  async list(
    @Query(new SchemaPipe('query', webhooksQuery)) { limit, cursor, tenant }: z.output<typeof webhooksQuery>,
  ): Promise<Page<Webhook>> {
    const found = await this.webhooks.list({ limit: limit + 1, after: cursor, tenant });
    return pageOf(found, limit, ({ createdAt, id }) => [createdAt.toISOString(), id]);
  }

  @Post()
  @Describe({
    summary: 'Makes a webhook. Its secret is in this answer only, and again to the same Idempotency-Key.',
    answer: webhookWithSecretAnswer,
    problems: [404, 409, 422],
  })
  async create(
    @Body(new SchemaPipe('body', newWebhookSchema)) webhook: z.output<typeof newWebhookSchema>,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<WebhookWithSecret> {
    const created = await this.webhooks.create(webhook, { by: actorOf(request) });
    response.header('Location', `webhooks/${created.id}`);
    return withSecret(created, response);
  }

  @Get(':webhook')
  @UseInterceptors(EntityTagInterceptor)
  @Describe({ summary: 'Reads a webhook, without its secret.', answer: webhookAnswer })
  find(@Param('webhook') id: string): Promise<Webhook> {
    return this.webhooks.find(id);
  }

  @Patch(':webhook')
  @Describe({
    summary: 'Changes a webhook. Enabled again, it goes on with what is pending.',
    answer: webhookAnswer,
    problems: [412],
  })
  async update(
    @Param('webhook') id: string,
    @Body(new SchemaPipe('body', webhookChangeSchema)) change: z.output<typeof webhookChangeSchema>,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Webhook> {
    const changed = await this.webhooks.update(id, change, controlOf(request, ifMatch));
    response.header('ETag', etagOf(changed));
    return changed;
  }

  @Delete(':webhook')
  @HttpCode(204)
  @Describe({
    summary: 'Removes a webhook with its deliveries; what is pending is not sent.',
    problems: [412],
  })
  async remove(
    @Param('webhook') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: object,
  ): Promise<void> {
    await this.webhooks.remove(id, controlOf(request, ifMatch));
  }

  @Post(':webhook/rotate')
  @HttpCode(201)
  @Describe({
    summary: 'Makes a new secret. For the overlap, messages are signed by the old one as well.',
    answer: webhookWithSecretAnswer,
    status: 201,
    problems: [409, 412, 422],
  })
  async rotate(
    @Param('webhook') id: string,
    @Body(new SchemaPipe('body', rotationRequest)) rotation: z.output<typeof rotationRequest>,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<WebhookWithSecret> {
    return withSecret(await this.webhooks.rotate(id, rotation, controlOf(request, ifMatch)), response);
  }
}

function controlOf(request: object, ifMatch: string | undefined): WebhookControl {
  return {
    by: actorOf(request),
    check: (present) => requireMatch(ifMatch, etagOf(present)),
  };
}

/** With the ETag that a read of it has. */
function withSecret(webhook: WebhookWithSecret, response: PlatformResponse): WebhookWithSecret {
  const { secret: _, ...shown } = webhook;
  response.header('ETag', etagOf(shown));
  response.header('Cache-Control', 'no-store');
  return webhook;
}
