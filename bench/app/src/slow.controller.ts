import { Controller, Get, Param, ParseIntPipe } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

/** Holds a connection without using the CPU. The parameter is in seconds. */
export const SLOW_SQL = 'select pg_sleep($1)';

/** Takes a processor of the server. */
const BURNING_SQL = 'select count(*) from generate_series(1, $1::int)';

/** Runs a statement that takes as long as the client asks for, as a noisy tenant does. */
@Controller('slow')
export class SlowController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  @Get(':ms')
  async wait(@Param('ms', ParseIntPipe) ms: number) {
    await this.dataSource.query(SLOW_SQL, [ms / 1_000]);
    return { ms };
  }

  @Get('burn/:rows')
  async burn(@Param('rows', ParseIntPipe) rows: number) {
    await this.dataSource.query(BURNING_SQL, [rows]);
    return { rows };
  }
}
