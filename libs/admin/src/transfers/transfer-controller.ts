import { randomUUID } from 'node:crypto';
import { Body, HttpCode, Inject, Param, Post, Req, Res, type Type, UseInterceptors } from '@nestjs/common';
import {
  actorOf,
  IdempotencyKey,
  idempotentId,
  OperatorForbiddenError,
  operatorOf,
  type PlatformResponse,
  RequireOperatorRole,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import type { DescribedController } from '../openapi/open-api-document.js';
import { Describe } from '../openapi/route-description.js';
import type { Operation } from '../operations/operation.js';
import { Operations } from '../operations/operations.js';
import { operationAnswer } from '../request-schemas.js';
import { TenantIdPipe } from '../tenants/tenant-id.pipe.js';
import type { TransferKind } from './transfer-kind.js';
import { TransferOperations } from './transfer-operations.js';

/** The route that begins a transfer. */
export function transferController(kind: TransferKind): DescribedController {
  const up = '../'.repeat(kind.route.split('/').length + 1);

  @UseInterceptors(IdempotencyInterceptor)
  class TransferController {
    constructor(
      @Inject(Operations) private readonly operations: Operations,
      @Inject(TransferOperations) private readonly transfers: TransferOperations,
    ) {}

    @Post()
    @HttpCode(202)
    @RequireOperatorRole(kind.role ?? 'operator')
    @Describe({ summary: kind.summary, answer: operationAnswer })
    async start(
      @Param('tenant', TenantIdPipe) tenantId: string,
      @Body(new SchemaPipe('body', kind.body)) body: unknown,
      @IdempotencyKey() key: string | undefined,
      @Req() request: object,
      @Res({ passthrough: true }) response: PlatformResponse,
    ): Promise<Operation> {
      const operator = operatorOf(request);
      if (kind.isForOwners?.(body) && operator.role !== 'owner') throw new OperatorForbiddenError('owner');
      const id = key ? idempotentId(`${kind.name} of ${tenantId} by ${operator.id}`, key) : randomUUID();
      const { parts } = this.transfers;
      const tenant = await parts.fleet.tenants.find(tenantId);
      const prepared = (await kind.prepare?.(parts, tenant, body, id)) ?? body;
      const operation = await this.operations.start(
        this.transfers.of(kind),
        { tenantId, body: prepared },
        { id, tenantId, by: actorOf(request) },
      );
      response.header('Location', `${up}operations/${id}`);
      return operation;
    }
  }
  // The document and the audit log name the route by its class.
  const name = kind.route.replace(/(?:^|\W)(\w)/g, (_, first: string) => first.toUpperCase());
  Object.defineProperty(TransferController, 'name', { value: `Tenant${name}Controller` });
  const controller: Type = TransferController;
  return { controller, below: `tenants/:tenant/${kind.route}` };
}
