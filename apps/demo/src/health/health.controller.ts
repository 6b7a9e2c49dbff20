import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiServiceUnavailableResponse } from '@nestjs/swagger';
import { InjectDataSource } from '@nestjs/typeorm';
import { SystemRoute } from '@rowhouse/nestjs';
import { DataSource } from 'typeorm';

class Health {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

@Controller('health')
export class HealthController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** The process runs. */
  @Get('live')
  @ApiOkResponse({ type: Health })
  live(): Health {
    return { status: 'ok' };
  }

  /** The process can serve: its database answers. */
  @Get('ready')
  @SystemRoute()
  @ApiOkResponse({ type: Health })
  @ApiServiceUnavailableResponse()
  async ready(): Promise<Health> {
    try {
      await this.dataSource.query('select 1');
      return { status: 'ok' };
    } catch (cause) {
      throw new ServiceUnavailableException('The database does not answer.', { cause });
    }
  }
}
