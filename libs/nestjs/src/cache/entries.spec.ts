import { randomUUID } from 'node:crypto';
import type { Cache } from '@nestjs/cache-manager';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { TenantContext } from '@rowhouse/core';
import { OperatorEntry } from '@rowhouse/core/internal';
import { exampleStore } from '../platforms.fixture.js';
import { TenantCacheInterceptor } from './tenant-cache.interceptor.js';

class OneKey extends TenantCacheInterceptor {
  override trackBy(): string {
    return 'products';
  }
}

it('answers under an entry are not cached, and no cached answer is given', async () => {
  const tenant = await exampleStore().findById('00000000-0000-4000-8000-00000000000a');
  if (!tenant) throw new Error('The example store has no acme.');
  const facts = {
    id: randomUUID(),
    tenantId: tenant.id,
    operator: { type: 'operator', id: 'olga' },
    readOnly: true,
  };
  const entry = new OperatorEntry({ ...facts, reason: 'Ticket 4711', expiresAt: new Date() }, 60_000);
  const handler = () => {};
  const context = { getClass: () => OneKey, getHandler: () => handler } as unknown as ExecutionContext;
  const interceptor = new OneKey({} as Cache, new Reflector());
  const key = () => (interceptor.trackBy as (context: ExecutionContext) => unknown)(context);
  expect(TenantContext.run(tenant, key)).toBe(`rowhouse:${tenant.id}:products`);
  expect(TenantContext.run(tenant, key, { entry })).toBeUndefined();
  entry.end();
});
