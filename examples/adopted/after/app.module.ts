import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TenancyMigrationModule } from '@rowhouse/migrations';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { Invoices1764000000000 } from './1764000000000-invoices.js';
import { Invoice } from './invoice.entity.js';
import { InvoicesController } from './invoices.controller.js';

@Module({
  imports: [
    TenancyModule.forRoot({
      typeorm: {
        type: 'postgres',
        url: process.env.DATABASE_URL,
        autoLoadEntities: true,
        migrations: [Invoices1764000000000],
      },
      resolvers: [new HeaderResolver()],
    }),
    TenancyMigrationModule.forRoot(),
    TypeOrmModule.forFeature([Invoice]),
  ],
  controllers: [InvoicesController],
})
export class AppModule {}
