import { Body, Get, Headers, Inject, Param, Patch, Req, Res, UseInterceptors } from '@nestjs/common';
import { overridesPatchSchema } from '@rowhouse/core/internal';
import { TenantLifecycle } from '@rowhouse/migrations';
import {
  actorOf,
  EntityTagInterceptor,
  etagOf,
  type PlatformResponse,
  requireMatch,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { Describe } from '../openapi/route-description.js';
import { tenantLimitsAnswer } from './plan-schemas.js';
import { type OverridesPatch, TenantPlans, type TenantPlanView } from './tenant-plans.js';

/** Describes the body, which the service checks: it also knows what the plans have. */
class OverridesPipe extends SchemaPipe<OverridesPatch> {
  override transform(value: unknown): OverridesPatch {
    return value as OverridesPatch;
  }
}

/** What a tenant may have, by its id or its slug. */
export class TenantLimitsController {
  constructor(
    @Inject(TenantPlans) private readonly plans: TenantPlans,
    @Inject(TenantLifecycle) private readonly lifecycle: TenantLifecycle,
  ) {}

  @Get(':tenant/limits')
  @UseInterceptors(EntityTagInterceptor)
  @Describe({
    summary: 'Reads what a tenant may have: each limit, quota and feature, and where it comes from.',
    answer: tenantLimitsAnswer,
  })
  async read(@Param('tenant') tenant: string): Promise<TenantPlanView> {
    const { id } = await this.lifecycle.find(tenant);
    return this.plans.read(id);
  }

  @Patch(':tenant/limits')
  @Describe({
    summary: 'Overrides what the plan says, by a JSON merge patch (RFC 7396): null takes an override back.',
    answer: tenantLimitsAnswer,
    problems: [409, 412],
  })
  async override(
    @Param('tenant') tenant: string,
    @Body(new OverridesPipe('body', overridesPatchSchema)) patch: OverridesPatch,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<TenantPlanView> {
    const { id } = await this.lifecycle.find(tenant);
    const view = await this.plans.override(id, patch, {
      by: actorOf(request),
      check: (present) => requireMatch(ifMatch, etagOf(present)),
    });
    response.header('ETag', etagOf(view));
    return view;
  }
}
