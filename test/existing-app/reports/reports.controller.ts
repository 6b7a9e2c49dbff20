import { Controller, Get } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

@Controller('reports')
export class ReportsController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** How many tickets there are in each state, in SQL of our own. */
  @Get('tickets')
  tickets() {
    return this.dataSource.query(
      'select state, count(*)::int as tickets from tickets group by state order by state',
    );
  }
}
