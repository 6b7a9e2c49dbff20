import { Get, HttpCode, Inject, Param, Post, Query, Req, UseInterceptors } from '@nestjs/common';
import { actorOf, type Page, pageOf, SchemaPipe } from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import type { WebhookDelivery } from './webhook-delivery.js';
import { deliveriesQuery, deliveryAnswer, resentAnswer } from './webhook-schemas.js';

/** What was sent to a webhook, or is to be. */
@UseInterceptors(IdempotencyInterceptor)
export class WebhookDeliveriesController {
  constructor(@Inject(WebhookDeliveries) private readonly deliveries: WebhookDeliveries) {}

  @Get(':webhook/deliveries')
  @Describe({
    summary: 'Lists what was sent, or is to be, latest first. Removed 30 days after its end.',
    answer: pageAnswer(deliveryAnswer),
  })
  async list(
    @Param('webhook') webhook: string,
    @Query(new SchemaPipe('query', deliveriesQuery))
    { limit, cursor, status }: z.output<typeof deliveriesQuery>,
  ): Promise<Page<WebhookDelivery>> {
    const found = await this.deliveries.list(webhook, { limit: limit + 1, after: cursor, status });
    return pageOf(found, limit, ({ createdAt, id }) => [createdAt.toISOString(), id]);
  }

  @Post(':webhook/test')
  @Describe({
    summary: 'Sends a message of the type webhook.test.',
    answer: deliveryAnswer,
    problems: [409, 422],
  })
  test(@Param('webhook') webhook: string, @Req() request: object): Promise<WebhookDelivery> {
    return this.deliveries.test(webhook, { by: actorOf(request) });
  }

  @Post(':webhook/deliveries/resend')
  @HttpCode(200)
  @Describe({ summary: 'Sends every dead message again.', answer: resentAnswer, problems: [409, 422] })
  async resendDead(@Param('webhook') webhook: string, @Req() request: object): Promise<{ resent: number }> {
    return { resent: await this.deliveries.resendDead(webhook, { by: actorOf(request) }) };
  }

  @Post(':webhook/deliveries/:delivery/resend')
  @HttpCode(200)
  @Describe({
    summary: 'Sends a message again that was delivered or is dead, under the same id.',
    answer: deliveryAnswer,
    problems: [409, 422],
  })
  resend(
    @Param('webhook') webhook: string,
    @Param('delivery') delivery: string,
    @Req() request: object,
  ): Promise<WebhookDelivery> {
    return this.deliveries.resend(webhook, delivery, { by: actorOf(request) });
  }
}
