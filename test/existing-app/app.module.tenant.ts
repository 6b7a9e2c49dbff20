import { Module } from '@nestjs/common';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { ActivityModule } from './activity/activity.module.js';
import { AgentsModule } from './agents/agents.module.js';
import { Helpdesk1700000000000 } from './migrations/1700000000000-helpdesk.js';
import { ReportsModule } from './reports/reports.module.js';
import { TicketsModule } from './tickets/tickets.module.js';

@Module({
  imports: [
    TenancyModule.forRoot({
      typeorm: {
        type: 'postgres',
        url: process.env['DATABASE_URL'],
        autoLoadEntities: true,
        migrations: [Helpdesk1700000000000],
      },
      resolvers: [new HeaderResolver()],
    }),
    AgentsModule,
    TicketsModule,
    ActivityModule,
    ReportsModule,
  ],
})
export class AppModule {}
