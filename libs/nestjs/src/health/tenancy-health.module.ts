import { type DynamicModule, Inject, Module, Optional } from '@nestjs/common';
import { Catalog, TenantDirectory } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import { z } from 'zod';
import { guardedPathOf, type OperatorRoutesOptions } from '../operator/guarded-path.js';
import { operatorController } from '../operator/operator-controller.js';
import type { RateStore } from '../rates/rate-store.js';
import { RATE_STORE } from '../rates/rate-store.provider.js';
import { InjectTenancyOptions, TENANCY_OPTIONS, type TenancyOptions } from '../tenancy-options.js';
import { HealthController, probesController } from './health.controller.js';
import { HealthChecks } from './health-checks.js';
import { ownChecks } from './own-checks.js';
import { Readiness } from './readiness.js';
import { TenancyHealth } from './tenancy-health.js';

export interface TenancyHealthModuleOptions extends OperatorRoutesOptions {
  /** Where the routes are. Default `health`. */
  readonly path?: string;
  /** Who may see what was found: the routes `health` and `health/tenants/:tenant` are there only with it. */
  readonly auth?: OperatorRoutesOptions['auth'];
  /** How long a check may take, in milliseconds. Default 1,000. */
  readonly timeoutMs?: number;
  /** How long a finding holds, in milliseconds. Default 2,000. */
  readonly cacheMs?: number;
  /**
   * How long an instance that shuts down goes on to serve after it has said that it is not ready, in milliseconds. Default 5,000 in
   * production, else 0.
   */
  readonly shutdownDelayMs?: number;
}

const ms = z.int().min(0);

const optionsSchema = z.strictObject({
  path: z.string().trim().min(1).default('health'),
  auth: z.unknown().optional(),
  timeoutMs: ms.min(1).default(1_000),
  cacheMs: ms.default(2_000),
  shutdownDelayMs: ms.optional(),
});

/**
 * Answers probes, in an app that has {@link TenancyModule}:
 *
 *     TenancyHealthModule.forRoot({ auth: OperatorsOnly })
 *
 * `GET health/live` and `health/ready` are for everybody and need no tenant; with `auth`, `GET health` and
 * `health/tenants/:tenant` say what was found. Everywhere injectable: {@link TenancyHealth}.
 */
@Module({})
export class TenancyHealthModule {
  constructor(
    @Inject(HealthChecks) checks: HealthChecks,
    @InjectTenancyOptions() options: TenancyOptions,
    @Inject(TenantDirectory) directory: TenantDirectory,
    @Inject(RATE_STORE) rates: RateStore,
    @Optional() @Inject(Catalog) catalog?: Catalog,
    @Optional() @Inject(DataSourceRegistry) registry?: DataSourceRegistry,
  ) {
    for (const check of ownChecks({ options, directory, rates, catalog, registry })) checks.add(check);
  }

  /** @throws {OptionsInvalidError} */
  static forRoot(options: TenancyHealthModuleOptions = {}): DynamicModule {
    const { path, timeoutMs, cacheMs, shutdownDelayMs } = parseOptions(
      'TenancyHealthModule',
      optionsSchema,
      options,
    );
    const guarded = options.auth && guardedPathOf('TenancyHealthModule', { path, auth: options.auth });
    return {
      module: TenancyHealthModule,
      global: true,
      providers: [
        {
          provide: TenancyHealth,
          inject: [HealthChecks],
          useFactory: (checks: HealthChecks) => new TenancyHealth(checks, { timeoutMs, cacheMs }),
        },
        {
          provide: Readiness,
          inject: [TENANCY_OPTIONS],
          useFactory: ({ production }: TenancyOptions) =>
            new Readiness(shutdownDelayMs ?? (production ? 5_000 : 0)),
        },
      ],
      controllers: [
        probesController(path),
        ...(guarded ? [operatorController(guarded, HealthController)] : []),
      ],
      exports: [TenancyHealth],
    };
  }
}
