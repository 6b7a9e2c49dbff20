import { randomBytes, randomUUID } from 'node:crypto';
import { createTestDatabase } from '@rowhouse/testing';
import {
  Column,
  type DataSourceOptions,
  type EntityManager,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
  Tree,
  TreeChildren,
  TreeParent,
} from 'typeorm';
import { missingRowSecurity } from './row-security-migration.js';
import { TenantColumn } from './tenant-column.js';
import { TenantEntity, TenantIndex, TenantUnique } from './tenant-entity.decorator.js';
import { TenantEntityDataSource } from './tenant-entity-data-source.js';

@TenantEntity('publishers')
@TenantUnique('name')
export class Publisher {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @OneToMany(
    () => Book,
    (book) => book.publisher,
  )
  books!: Promise<Book[]>;
}

@TenantIndex('title', 'id')
@TenantEntity({ name: 'books' })
export class Book {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @ManyToOne(
    () => Publisher,
    (publisher) => publisher.books,
    { lazy: true },
  )
  publisher!: Promise<Publisher>;
  @OneToMany(
    () => Review,
    (review) => review.book,
    { eager: true, cascade: true },
  )
  reviews!: Review[];
  @ManyToMany(() => Tag, { cascade: true })
  @JoinTable({ name: 'book_tags' })
  tags!: Tag[];
}

@TenantEntity('reviews')
export class Review {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
  @ManyToOne(
    () => Book,
    (book) => book.reviews,
    { onDelete: 'CASCADE' },
  )
  book!: Relation<Book>;
}

/** Shows its tenant. */
@TenantEntity('tags')
export class Tag {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @TenantColumn() tenantId!: string;
}

@TenantEntity('shelves')
@Tree('closure-table')
export class Shelf {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @TreeParent() parent!: Shelf | null;
  @TreeChildren() children!: Shelf[];
}

export const entities = [Publisher, Book, Review, Tag, Shelf];
export const tables = [
  'book_tags',
  'books',
  'publishers',
  'reviews',
  'shelves',
  'shelves_closure',
  'tags',
] as const;

export const acme = randomUUID();
export const globex = randomUUID();

/** A database with the catalog and the bookshop's tables, the roles of row mode, and two tenants. */
export async function openBookshop() {
  const database = await createTestDatabase();
  const suffix = randomBytes(6).toString('hex');
  // Roles are the whole server's, and other suites run beside this one.
  const roles = { rows: `rows_${suffix}`, system: `system_${suffix}`, owner: `owner_${suffix}` };
  const open = (options: Partial<DataSourceOptions> = {}) =>
    new TenantEntityDataSource({
      type: 'postgres',
      url: database.url,
      entities,
      ...options,
    } as DataSourceOptions).initialize();
  const dataSource = await open();
  for (const role of Object.values(roles)) await dataSource.query(`create role ${role} nologin`);
  await dataSource.query('create schema rowhouse');
  await dataSource.query('create table rowhouse.tenants (id uuid primary key)');
  await dataSource.query('insert into rowhouse.tenants values ($1), ($2)', [acme, globex]);
  await dataSource.synchronize();
  await dataSource.query(
    `grant select, insert, update, delete on all tables in schema public to ${roles.rows}, ${roles.system}`,
  );
  await dataSource.query(`grant usage on all sequences in schema public to ${roles.rows}, ${roles.system}`);

  const as = <T>(role: string, tenant: string, work: (manager: EntityManager) => Promise<T>): Promise<T> =>
    dataSource.transaction(async (manager) => {
      await manager.query(`set local role ${role}`);
      await manager.query("select set_config('rowhouse.tenant_id', $1, true)", [tenant]);
      return work(manager);
    });

  return {
    database,
    dataSource,
    roles,
    open,
    /** Runs `work` in a transaction that acts for a tenant, as a pinned connection does. */
    asTenant: <T>(tenant: string, work: (manager: EntityManager) => Promise<T>) =>
      as(roles.rows, tenant, work),
    asSystem: <T>(work: (manager: EntityManager) => Promise<T>) => as(roles.system, '', work),
    asOwner: <T>(work: (manager: EntityManager) => Promise<T>) => as(roles.owner, '', work),
    async secure() {
      const missing = await missingRowSecurity(dataSource, { systemRole: roles.system });
      for (const sql of [...(missing?.up ?? []), ...(missing?.upWithCatalog ?? [])])
        await dataSource.query(sql);
    },
    async close() {
      for (const role of Object.values(roles)) {
        await dataSource.query(`reassign owned by ${role} to current_user`);
        await dataSource.query(`drop owned by ${role}`);
        await dataSource.query(`drop role ${role}`);
      }
      await dataSource.destroy();
      await database.drop();
    },
  };
}

export type Bookshop = Awaited<ReturnType<typeof openBookshop>>;
