import { Inject } from '@nestjs/common';
import { TenantContext } from '@rowhouse/core';
import { type TenantEvent, TenantHooks, type TenantLifecycleHooks } from '@rowhouse/migrations';
import type { VectorStore } from '../vector-store.js';

/** Injection token of the store. */
export const VECTOR_STORE = Symbol('rowhouse.vector-store');

/** Removes the collections of a tenant that was purged, where they are not in the home that has gone with it. */
@TenantHooks({ name: 'rowhouse-vectors' })
export class PurgeOfVectors implements TenantLifecycleHooks {
  constructor(@Inject(VECTOR_STORE) private readonly store: VectorStore) {}

  async onPurged({ tenant }: TenantEvent): Promise<void> {
    if (!this.store.isOutsideOfHomes) return;
    const reason = `remove the collections of the purged tenant ${tenant.slug}`;
    await TenantContext.runAsSystem(reason, () => this.store.purge(tenant));
  }
}
