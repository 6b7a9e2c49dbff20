import { Controller, Get, Param, ParseIntPipe } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

/** Holds a connection and takes no processor. The parameter is in seconds. */
export const SLOW_SQL = 'select pg_sleep($1)';

/** A statement as slow as the client wants it: what a noisy tenant sends. */
@Controller('slow')
export class SlowController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  @Get(':ms')
  async wait(@Param('ms', ParseIntPipe) ms: number) {
    await this.dataSource.query(SLOW_SQL, [ms / 1_000]);
    return { ms };
  }
}
