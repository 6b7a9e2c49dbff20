import { InternalError, TENANT_ISOLATIONS, TenantConflictError, type TenantStore } from '@rowhouse/core';
import { isStorableJson, UNSTORABLE_REFUSED } from '@rowhouse/core/internal';
import type { LifeControl, TenantLifecycle } from '@rowhouse/migrations/fleet';
import { z } from 'zod';
import type { OperationControl, OperationKind } from '../operations/operation.js';
import { shownText } from '../text.js';

/** What a new tenant is made of, beside its id. */
export const newTenantSchema = z.strictObject({
  slug: z.string().regex(/^[a-z][a-z0-9-]{0,47}$/, '1 to 48 of a-z, 0-9 and -, beginning with a letter'),
  name: shownText(200).optional(),
  isolation: z.enum(TENANT_ISOLATIONS).optional(),
  placement: shownText(200).optional(),
  plan: shownText(200).optional(),
  metadata: z.record(z.string(), z.json()).refine(isStorableJson, UNSTORABLE_REFUSED).optional(),
});

const createInput = newTenantSchema.extend({ id: z.guid() });
const purgeInput = z.strictObject({
  id: z.guid(),
  confirm: z.string(),
  beforeRetentionEnds: z.boolean().default(false),
});

type CreateInput = z.output<typeof createInput>;
type PurgeInput = z.output<typeof purgeInput>;

/** The steps of a tenant's life that take long, as operations. */
export class TenantOperations {
  /** Its id is the tenant's, so that whoever resumes it knows the tenant. */
  readonly create: OperationKind<CreateInput>;
  readonly purge: OperationKind<PurgeInput>;

  constructor(
    private readonly lifecycle: TenantLifecycle,
    private readonly store: Pick<TenantStore, 'findById'>,
  ) {
    this.create = {
      name: 'tenant.create',
      input: createInput,
      run: (input, control) => this.#create(input, control),
      cancel: (input, control) => this.#finish(input.id, control, { undo: true }),
    };
    this.purge = {
      name: 'tenant.purge',
      input: purgeInput,
      run: (input, control) => this.#purge(input, control),
    };
  }

  async #create(input: CreateInput, control: OperationControl): Promise<{ tenantId: string }> {
    const begun = control.isResumed && (await this.store.findById(input.id));
    if (begun) await this.#finish(input.id, control, { undo: false });
    else await this.lifecycle.create(input, lifeControlOf(control));
    return { tenantId: input.id };
  }

  async #purge({ id, ...options }: PurgeInput, control: OperationControl): Promise<{ tenantId: string }> {
    const tenant = await this.store.findById(id);
    // Without one, the process before finished it.
    if (tenant && control.isResumed && tenant.status === 'deleting')
      await this.#finish(id, control, { undo: false });
    else if (tenant || !control.isResumed) await this.lifecycle.purge(id, options, lifeControlOf(control));
    return { tenantId: id };
  }

  /** Finishes or undoes what a process has left of a tenant. */
  async #finish(id: string, control: OperationControl, { undo }: { undo: boolean }): Promise<void> {
    const tenant = await this.store.findById(id);
    if (!tenant || !['provisioning', 'failed', 'deleting'].includes(tenant.status)) {
      if (tenant && undo)
        throw new TenantConflictError(`The tenant "${tenant.slug}" was made before it was cancelled.`);
      return;
    }
    const { failed, busy } = await this.lifecycle.repair(
      { tenants: [tenant.slug], undo },
      lifeControlOf(control),
    );
    if (failed[0]) throw new TenantNotFinishedError(failed[0].error);
    if (busy[0]) throw new TenantNotFinishedError('another process is working on it');
  }
}

function lifeControlOf({ by, signal, onStep }: OperationControl): LifeControl {
  return { by, signal, onStep: (step) => onStep(step) };
}

/** A tenant could not be made or removed. */
export class TenantNotFinishedError extends InternalError {
  readonly code = 'TENANT_NOT_FINISHED';
}
