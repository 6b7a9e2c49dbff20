/** @suite postgres15 */
import { TenantEntity } from '@rowhouse/typeorm';
import { Column, Entity, EntitySchema, JoinTable, ManyToMany, PrimaryGeneratedColumn } from 'typeorm';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';

@Entity('books')
class Book {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column() title!: string;
  @ManyToMany(() => Book)
  @JoinTable({ name: 'sequels' })
  sequels!: Book[];
}

@TenantEntity('loans')
class Loan {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column() due!: Date;
}

@Entity({ name: 'countries', schema: 'public' })
class Country {
  @PrimaryGeneratedColumn() id!: number;
}

/** It names no schema, and is found behind the tenant's own tables. */
const currency = new EntitySchema<{ code: string }>({
  name: 'Currency',
  tableName: 'currencies',
  columns: { code: { type: 'text', primary: true } },
});

const books = migration('Books1757000000001', [
  'create table books (id uuid primary key default gen_random_uuid(), title text not null)',
  'create table sequels (book uuid references books, sequel uuid references books)',
]);
const loans = migration('Loans1757000000002', [
  `create table loans (id uuid primary key default gen_random_uuid(), due timestamptz not null,
     tenant_id uuid not null default nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)`,
]);
const currencies = migration('Currencies1757000000000', [
  'create table public.currencies (code text primary key)',
]);

let deployment: Deployment;
afterEach(() => deployment.close());

async function tables(): Promise<string[]> {
  const { rows } = await deployment.pool.query(
    "select tablename from pg_tables where schemaname = 'public' order by 1",
  );
  return rows.map(({ tablename }) => tablename);
}

describe('a tenant with isolation row', () => {
  it('is refused before anything is made, where entities have no tenant_id, and they are named', async () => {
    deployment = await openDeployment({ migrations: [books, loans], entities: [Book, Loan, Country] });
    const fleet = await deployment.fleet();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const refused = fleet.tenants.create({ slug: 'acme', isolation: 'row' });
      await expect(refused).rejects.toThrow(
        /^isolation "row": Book: all tenants would share the table "books"[^;]*@TenantEntity/,
      );
      await expect(refused).rejects.toMatchObject({ code: 'OPTIONS_INVALID', fields: [{ field: 'Book' }] });
    }
    expect(await tables()).toEqual([]);
    expect((await fleet.tenants.list()).tenants).toEqual([]);
    await fleet.tenants.create({ slug: 'globex' });
  });

  it('is made where all that have none are shared on purpose', async () => {
    deployment = await openDeployment({ migrations: [loans], entities: [Loan, Country, currency] });
    const fleet = await deployment.fleet([loans], { sharedMigrations: [currencies] });
    await fleet.tenants.create({ slug: 'acme', isolation: 'row' });
    expect(await tables()).toContain('currencies');
  });

  it('is made where migrations give tenant_id to the table of an entity that does not declare it', async () => {
    const addTenant = migration('Tenants1757000000003', [
      `alter table books add tenant_id uuid not null default nullif(current_setting('rowhouse.tenant_id', true), '')::uuid`,
    ]);
    deployment = await openDeployment({ migrations: [books, addTenant], entities: [Book] });
    const fleet = await deployment.fleet();
    expect(await fleet.tenants.create({ slug: 'acme', isolation: 'row' })).toMatchObject({
      status: 'active',
    });
  });

  it('is made where an adoption gave it', async () => {
    deployment = await openDeployment({ migrations: [books], entities: [Book] });
    const fleet = await deployment.fleet();
    await deployment.pool.query(
      `create table books (id uuid primary key, title text not null, tenant_id uuid not null);
       create table migrations (id serial primary key, "timestamp" bigint not null, name varchar not null);
       insert into migrations ("timestamp", name) values (1757000000001, 'Books1757000000001')`,
    );
    expect(await fleet.tenants.create({ slug: 'acme', isolation: 'row' })).toMatchObject({
      status: 'active',
    });
  });

  describe('whose migrations name the schema', () => {
    const extension = 'create extension if not exists pg_trgm';
    const namedLoans = migration('Named1757000000004', [
      extension,
      `create table public.loans (id uuid primary key default gen_random_uuid(), due timestamptz not null,
         tenant_id uuid not null default nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)`,
    ]);
    const namedBooks = migration('Named1757000000005', [
      'create table "public"."books" (id uuid primary key default gen_random_uuid(), title text not null)',
      'create table "public"."sequels" (book uuid references "public"."books", currency text references public.currencies)',
      'create index on only public.books (title)',
    ]);

    it('is made where all tables have tenant_id', async () => {
      deployment = await openDeployment({ migrations: [namedLoans], entities: [Loan, currency] });
      const fleet = await deployment.fleet([namedLoans], { sharedMigrations: [currencies] });
      expect(await fleet.tenants.create({ slug: 'acme', isolation: 'row' })).toMatchObject({
        status: 'active',
      });
    });

    it('is refused where one has none, before anything is made', async () => {
      const named = [namedLoans, namedBooks];
      deployment = await openDeployment({ migrations: named, entities: [Book, Loan, currency] });
      const fleet = await deployment.fleet(named, { sharedMigrations: [currencies] });
      await expect(fleet.tenants.create({ slug: 'acme', isolation: 'row' })).rejects.toThrow(
        /^isolation "row": Book: all tenants would share the table "books"[^;]*@TenantEntity/,
      );
      expect(await tables()).not.toContain('books');
    });

    it('is refused where the table is there already', async () => {
      deployment = await openDeployment({ migrations: [namedBooks], entities: [Book, currency] });
      const fleet = await deployment.fleet([namedBooks], { sharedMigrations: [currencies] });
      await deployment.pool.query('create table books (id uuid primary key, title text not null)');
      await expect(fleet.tenants.create({ slug: 'acme', isolation: 'row' })).rejects.toThrow('"books"');
    });
  });
});
