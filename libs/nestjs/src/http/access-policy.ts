import type { OnModuleInit } from '@nestjs/common';
import type { ModuleRef, ModulesContainer } from '@nestjs/core';
import { TenantAccessDeniedError, TenantNotFoundError } from '@rowhouse/core';
import type { TenantAccessPolicy } from '../routes/tenant-access-policy.js';
import type { TenancyOptions } from '../tenancy-options.js';
import type { TenantOutcome } from './tenant-outcome.js';

/** The access policy of the options, as one object. */
export class AccessPolicy implements OnModuleInit {
  #policy: TenantAccessPolicy | undefined;

  constructor(
    private readonly options: Pick<TenancyOptions, 'accessPolicy' | 'hideUnknown'>,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
  ) {}

  async onModuleInit(): Promise<void> {
    const { accessPolicy } = this.options;
    this.#policy = typeof accessPolicy === 'function' ? await this.#instantiate(accessPolicy) : accessPolicy;
  }

  /**
   * @param request - what the policy reads the user from.
   * @throws {TenantAccessDeniedError} or {TenantNotFoundError}, when the policy does not let the request into its tenant.
   */
  async check(outcome: TenantOutcome | undefined, request: unknown): Promise<void> {
    // Of an operator who comes by an entry, the app's users know nothing.
    if (!this.options.accessPolicy || outcome?.kind !== 'resolved' || outcome.entry) return;
    if (!this.#policy) throw new Error('The access policy was asked before the module was initialised.');
    if (await this.#policy.canEnter(outcome.tenant, request)) return;
    throw this.options.hideUnknown ? new TenantNotFoundError() : new TenantAccessDeniedError();
  }

  /** A class that some module provides is that provider; another is made here, with what is injectable everywhere. */
  async #instantiate(
    policy: Exclude<TenancyOptions['accessPolicy'], TenantAccessPolicy | undefined>,
  ): Promise<TenantAccessPolicy> {
    const isProvided = [...this.modules.values()].some(({ providers }) => providers.has(policy));
    return isProvided ? this.moduleRef.get(policy, { strict: false }) : this.moduleRef.create(policy);
  }
}
