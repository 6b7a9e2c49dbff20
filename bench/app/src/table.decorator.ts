import { Entity } from 'typeorm';

/** TypeORM's `@Entity`; Rowhouse's in an app whose tenants are rows. */
export const Table: (name: string) => ClassDecorator =
  process.env['BENCH_ISOLATION'] === 'row' && process.env['BENCH_VARIANT']?.startsWith('rowhouse-')
    ? (await import('@rowhouse/typeorm')).TenantEntity
    : Entity;
