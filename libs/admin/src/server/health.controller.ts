import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { Catalog } from '@rowhouse/core';

/** For what runs the server. Everybody may ask, and learns nothing else. */
@Controller('health')
export class HealthController {
  constructor(@Inject(Catalog) private readonly catalog: Catalog) {}

  /** The process runs. */
  @Get('live')
  live() {
    return { status: 'ok' };
  }

  /** The process can serve: the catalog answers. */
  @Get('ready')
  async ready() {
    try {
      await this.catalog.query('select 1');
    } catch (cause) {
      throw new ServiceUnavailableException('The catalog does not answer.', { cause });
    }
    return { status: 'ok' };
  }
}
