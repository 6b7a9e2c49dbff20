import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalog, EffectivePlans, type Tenant } from '@rowhouse/core';
import { localKeys } from '@rowhouse/core/internal';
import { Fleet } from '@rowhouse/migrations/fleet';
import type { TestDatabase } from '@rowhouse/testing';
import { type ArchiveWriting, exportTenant, type RecordKind } from '@rowhouse/transfer';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';
import { createCatalogDatabase } from '../../../../test/support/catalog-database.js';
import { dropRoles } from '../../../../test/support/roles.js';
import { Domains } from '../domains/domains.js';
import { Members } from '../members/members.js';
import { TenantPlans } from '../plans/tenant-plans.js';
import { SettingsStore } from '../settings/settings-store.js';
import { CatalogRecords } from './catalog-records.js';

class Notes1757000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const text of [
      'create table notes (id uuid primary key default gen_random_uuid(), text text)',
      `alter table notes add tenant_id uuid not null
         default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
      `create policy rowhouse_tenant on notes
         using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
      'alter table notes enable row level security, force row level security',
    ])
      await runner.query(text);
  }
  async down(): Promise<void> {}
}

const PLANS = {
  free: { quotas: { seats: 1 }, rates: {}, features: [] },
  pro: { quotas: { seats: 10 }, rates: {}, features: ['sso'] },
};

/** A deployment whose owner is no superuser, with an app that declares settings, members, domains and plans. */
export class RecordsDeployment {
  private constructor(
    readonly database: TestDatabase,
    readonly names: { readonly roles: string; readonly owner: string },
    readonly folder: string,
    readonly catalog: Catalog,
    readonly fleet: Fleet,
    /** TXT records by name. */
    readonly txt: Map<string, string[][]>,
    readonly services: {
      readonly settings: SettingsStore;
      readonly domains: Domains;
      readonly members: Members;
      readonly plans: TenantPlans;
    },
    readonly records: CatalogRecords,
  ) {}

  static async open(): Promise<RecordsDeployment> {
    const id = randomBytes(5).toString('hex');
    const names = { roles: `rec_${id}`, owner: `own_${id}` };
    const database = await createCatalogDatabase({ owner: `${names.owner}_login` });
    const directUrl = database.ownerUrl;
    const catalog = new Catalog({ url: directUrl });
    await catalog.migrate();
    const tenancy = { roles: names.roles };
    const ambient = await openTenantDataSource(
      { type: 'postgres', url: database.loginUrl, poolSize: 4, migrations: [Notes1757000000001] },
      tenancy,
    );
    const registry = new DataSourceRegistry({ ambient, directUrl, tenancy });
    const fleet = await Fleet.open({ registry, catalog, pool: tenancy });
    const txt = new Map<string, string[][]>();
    const services = {
      settings: new SettingsStore(catalog, {
        schema: z.object({
          theme: z.string().default('light'),
          smtp: z
            .object({ host: z.string().default('localhost'), password: z.string().default('') })
            .prefault({}),
        }),
        secrets: ['smtp.password'],
        keys: localKeys([{ id: 'k1', secret: randomBytes(32).toString('base64') }]),
      }),
      domains: new Domains(catalog, {
        resolveTxt: async (name) => txt.get(name) ?? [],
        reservedDomains: ['app.example.com'],
      }),
      members: new Members(catalog, { roles: ['owner', 'member'], ownerRole: 'owner' }),
      plans: new TenantPlans(catalog, new EffectivePlans({ plans: PLANS })),
    };
    const folder = await mkdtemp(join(tmpdir(), 'rowhouse-'));
    return new RecordsDeployment(
      database,
      names,
      folder,
      catalog,
      fleet,
      txt,
      services,
      new CatalogRecords(catalog, services),
    );
  }

  /** Runs a statement as a tenant. */
  query(tenant: Tenant, text: string): Promise<Record<string, unknown>[]> {
    return this.fleet.deployment.registry.for(tenant).query(text);
  }

  async create(slug: string, isolation: Tenant['isolation'] = 'schema'): Promise<Tenant> {
    const tenant = await this.fleet.tenants.create({ slug, isolation, plan: 'pro' });
    await this.query(tenant, `insert into notes (text) values ('of ${slug}')`);
    return tenant;
  }

  /** Gives a tenant settings with a secret, a proven domain, two members and an override. */
  async furnish({ id, slug }: Tenant): Promise<void> {
    const { settings, domains, members, plans } = this.services;
    await settings.patch(id, { theme: `of ${slug}`, smtp: { password: `secret of ${slug}` } });
    await this.prove(id, `shop.${slug}.com`);
    await domains.add(id, `new.${slug}.com`);
    const ada = {
      issuer: 'https://id.example.com',
      subject: `ada@${slug}`,
      email: `ada@${slug}.com`,
      name: 'Ada',
    };
    await members.add(id, { ...ada, roles: ['owner'] });
    const eve = await members.add(id, {
      ...ada,
      subject: `'); drop table rowhouse.members; --`,
      email: `eve@${slug}.com`,
      roles: ['member'],
    });
    await members.change(id, eve.id, { status: 'suspended' });
    await plans.override(id, { quotas: { seats: 99 } });
  }

  async prove(tenantId: string, domain: string): Promise<void> {
    const { domains } = this.services;
    const { challenge } = await domains.add(tenantId, domain);
    this.txt.set(challenge?.name ?? '', [[challenge?.value ?? '']]);
    await domains.verify(tenantId, domain);
  }

  /** All that the catalog keeps of a tenant. */
  async recordsOf({ id }: Pick<Tenant, 'id'>) {
    const { settings, domains, members, plans } = this.services;
    return {
      settings: (await settings.read(id)).overrides,
      domains: (await domains.list(id, { limit: 1_000 })).map(({ domain, status }) => ({ domain, status })),
      members: (await members.list(id, { limit: 100 })).map(
        ({ issuer, subject, email, name, roles, status }) => ({
          issuer,
          subject,
          email,
          name,
          roles,
          status,
        }),
      ),
      overrides: (await plans.read(id)).overrides,
    };
  }

  /** @returns the path of an archive. */
  async archive(
    tenant: Tenant,
    include: readonly RecordKind[],
    writing: ArchiveWriting = {},
  ): Promise<string> {
    const path = join(this.folder, `${tenant.slug}-${randomBytes(4).toString('hex')}`);
    await exportTenant(this.fleet, tenant, createWriteStream(path), {
      ...writing,
      include,
      records: this.records,
    });
    return path;
  }

  async close(): Promise<void> {
    const { registry } = this.fleet.deployment;
    const { rows } = await this.catalog.query(`select id from rowhouse.tenants where isolation = 'database'`);
    for (const { id } of rows) {
      await this.fleet.tenants.delete(id);
      const { slug } = await this.fleet.tenants.find(id);
      await this.fleet.tenants.purge(id, { confirm: slug, beforeRetentionEnds: true });
    }
    await registry.close();
    await registry.ambient.destroy();
    await this.catalog.close();
    await this.database.drop();
    await dropRoles(this.names.roles);
    await dropRoles(this.names.owner);
    await rm(this.folder, { recursive: true });
  }
}
