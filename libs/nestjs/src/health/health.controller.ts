import { Controller, Get, Header, HttpStatus, Inject, Param, Res, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { TenantDirectory } from '@rowhouse/core';
import { findTenant } from '@rowhouse/core/internal';
import { markOperatorRoute } from '../operator/operator-controller.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { Readiness } from './readiness.js';
import { type HealthReport, TenancyHealth } from './tenancy-health.js';

/** For what runs the instance. Everybody may ask, and learns nothing else. */
class ProbesController {
  constructor(
    @Inject(TenancyHealth) private readonly health: TenancyHealth,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /** The process runs. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live() {
    return { status: 'ok' };
  }

  /** The process can serve. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: unknown) {
    const status = this.readiness.isShuttingDown
      ? 'shutting_down'
      : (await this.health.isReady())
        ? 'ok'
        : 'error';
    if (status !== 'ok') this.host.httpAdapter.status(response, HttpStatus.SERVICE_UNAVAILABLE);
    return { status };
  }
}

/** The routes of probes, at a path. */
export function probesController(path: string): Type {
  @Controller(path)
  @SystemRoute('health probe')
  class HealthProbesController extends ProbesController {}
  markOperatorRoute(HealthProbesController);
  return HealthProbesController;
}

/** For operators: what was found. */
export class HealthController {
  constructor(
    @Inject(TenancyHealth) private readonly health: TenancyHealth,
    @Inject(TenantDirectory) private readonly directory: TenantDirectory,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /** What the instance depends on. */
  @Get()
  @Header('Cache-Control', 'no-store')
  async report(@Res({ passthrough: true }) response: unknown) {
    return this.#answer(response, await this.health.report());
  }

  /** What one tenant depends on, by its slug or id. */
  @Get('tenants/:tenant')
  @Header('Cache-Control', 'no-store')
  async ofTenant(@Param('tenant') tenant: string, @Res({ passthrough: true }) response: unknown) {
    const { directory } = this;
    const found = await findTenant(
      { findById: (id) => directory.byId(id), findBySlug: (slug) => directory.bySlug(slug) },
      tenant,
    );
    return this.#answer(response, await this.health.ofTenant(found));
  }

  #answer(response: unknown, report: HealthReport): HealthReport {
    if (report.status === 'error') this.host.httpAdapter.status(response, HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }
}
