import { Get, Inject, Res } from '@nestjs/common';
import type { PlatformResponse } from '@rowhouse/nestjs/operator';
import { InstanceMetrics } from '../prometheus/instance-metrics.js';
import { PrometheusMetrics } from '../prometheus/prometheus-metrics.js';

/** For Prometheus, which signs in as an operator. */
export class PrometheusController {
  constructor(
    @Inject(PrometheusMetrics) private readonly deployment: PrometheusMetrics,
    @Inject(InstanceMetrics) private readonly instance: InstanceMetrics,
  ) {}

  /** The same from every instance. */
  @Get()
  read(@Res({ passthrough: true }) response: PlatformResponse): Promise<string> {
    response.header('Content-Type', this.deployment.contentType);
    return this.deployment.text();
  }

  /** Of the instance that answers. */
  @Get('instance')
  readInstance(@Res({ passthrough: true }) response: PlatformResponse): Promise<string> {
    response.header('Content-Type', this.instance.contentType);
    return this.instance.text();
  }
}
