import type { INestApplication } from '@nestjs/common';
import { parseTenantSlug } from '@rowhouse/core';
import { DataSourceRegistry, TENANT_STORE, type Tenant, type TenantStore } from '@rowhouse/nestjs';
import pg from 'pg';
import type { Database } from '../boot/open-database.js';
import { storefronts } from '../seed/seed-storefront.js';
import { AdminClient } from './admin-client.js';
import { FAILS_TO_MIGRATE, type FleetShop, fleetShops } from './fleet-shops.js';
import { GentleLoad } from './gentle-load.js';
import { pauseRunHalfWay } from './paused-run.js';
import { runSlowReports } from './slow-report.js';

/** Where the mark stands that all has been opened: a shop that somebody purges later does not come back. */
const MARKED = 'acme';
const MARK = { fleet: 'opened' };
/** The shop that runs slow reports. */
const REPORTS = 'acme';
/** How many of the shops have a domain, a key and people. */
const EVERY = 3;

interface Ports {
  readonly api: number;
  readonly admin: number;
}

/** Some fifty shops for the admin app, opened in the background and once, and customers who look at them. */
export class Fleet {
  readonly #stop = new AbortController();
  readonly #admin: AdminClient;
  readonly #load: GentleLoad;
  #opening: Promise<void> = Promise.resolve();
  #reports: Promise<void> = Promise.resolve();

  constructor(
    private readonly app: INestApplication,
    private readonly database: Database,
    ports: Ports,
  ) {
    const token = process.env.ROWHOUSE_ADMIN_TOKEN ?? '';
    this.#admin = new AdminClient(`http://127.0.0.1:${ports.admin}/admin`, token, this.#stop.signal);
    this.#load = new GentleLoad(`http://127.0.0.1:${ports.api}`, this.#stop.signal);
  }

  open(): void {
    this.#opening = this.#open().catch((error: unknown) => {
      if (!this.#stop.signal.aborted)
        console.error('The fleet is not complete; the next start goes on.', error);
    });
  }

  /** Ends the opening and the customers; the next start goes on. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#opening, this.#load.ended, this.#reports]);
  }

  async #open(): Promise<void> {
    this.#load.start(storefronts.map(({ slug }) => slug));
    this.#reports = this.#runSlowReports();
    const { metadata } = await this.#admin.send<{ metadata: Partial<typeof MARK> }>(
      'GET',
      `tenants/${MARKED}`,
    );
    if (metadata.fleet !== MARK.fleet) {
      console.log(`  For the admin app, ${fleetShops.length} more shops are opened in the background.\n`);
      for (const [index, shop] of fleetShops.entries()) await this.#openShop(shop, index);
      await pauseRunHalfWay({
        admin: this.#admin,
        ownerUrl: this.#ownerUrl,
        schemaOf: async (slug) => (await this.#find(slug))?.schema,
      });
      // The last run: a tenant's health goes by that.
      await this.#failToMigrate();
      await this.#admin.send('PATCH', `tenants/${MARKED}`, { body: { metadata: { ...metadata, ...MARK } } });
      console.log(`  All ${fleetShops.length} shops have been opened.\n`);
    }
    this.#load.start(fleetShops.filter(({ ending }) => ending === 'active').map(({ slug }) => slug));
  }

  async #runSlowReports(): Promise<void> {
    const tenant = await this.#find(REPORTS);
    if (tenant) await runSlowReports(this.app.get(DataSourceRegistry), tenant, this.#stop.signal);
  }

  async #openShop(shop: FleetShop, index: number): Promise<void> {
    const { slug, name, plan, isolation, ending, reason, trade, country } = shop;
    const path = `tenants/${slug}`;
    await this.#admin.run('tenants', {
      body: { slug, name, plan, isolation, metadata: { trade, country } },
      reason: 'Signed up on the website',
    });
    if (ending === 'failed') return;
    if (index % EVERY === 1) await this.#furnish(shop);
    if (ending === 'deleted') await this.#admin.send('DELETE', path, { reason });
    else if (ending !== 'active') await this.#admin.send('POST', `${path}/${ACTIONS[ending]}`, { reason });
  }

  async #furnish({ slug, country, plan }: FleetShop): Promise<void> {
    const path = `tenants/${slug}`;
    const person = (name: string, role: string) => ({
      issuer: 'https://login.storefront.example',
      subject: `${name.toLowerCase()}@${slug}.example`,
      email: `${name.toLowerCase()}@${slug}.example`,
      name,
      roles: [role],
    });
    await this.#admin.send('POST', `${path}/members`, { body: person('Robin', 'owner') });
    await this.#admin.send('POST', `${path}/members`, { body: person('Sam', 'staff') });
    await this.#admin.send('POST', `${path}/invitations`, {
      body: { email: `kim@${slug}.example`, roles: ['staff'] },
    });
    await this.#admin.send('POST', `${path}/domains`, { body: { domain: `shop.${slug}.example` } });
    await this.#admin.send('POST', `${path}/keys`, { body: { label: 'Stock synchronisation' } });
    if (country !== 'DE' && plan !== 'free')
      await this.#admin.send('PATCH', `${path}/settings`, {
        body: { currency: country === 'GB' ? 'GBP' : 'USD' },
        reason: 'Sells in another currency',
      });
  }

  get #ownerUrl(): string {
    return this.database.ownerUrl ?? this.database.url;
  }

  async #find(slug: string): Promise<Tenant | undefined> {
    const store: TenantStore = this.app.get(TENANT_STORE);
    return (await store.findBySlug(parseTenantSlug(slug))) ?? undefined;
  }

  /** A run that fails for one shop, as when somebody has changed its tables by hand. */
  async #failToMigrate(): Promise<void> {
    const schema = (await this.#find(FAILS_TO_MIGRATE))?.schema;
    if (!schema) return;
    await this.#admin.run('migrations/runs', {
      body: { direction: 'down', steps: 1, tenants: [FAILS_TO_MIGRATE] },
      reason: 'Looks into slow searches',
    });
    const owner = new pg.Client({ connectionString: this.#ownerUrl });
    await owner.connect();
    try {
      await owner.query(`drop index if exists ${pg.escapeIdentifier(schema)}.products_tenant_id_idx`);
    } finally {
      await owner.end();
    }
    await this.#admin.run('migrations/runs', { body: {}, reason: 'Release of today' });
  }
}

const ACTIONS = { suspended: 'suspend', maintenance: 'maintenance', archived: 'archive' } as const;
