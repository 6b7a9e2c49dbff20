import type { Catalog, Tenant } from '@rowhouse/core';
import {
  type ArchivedRecords,
  type PreparedRecords,
  RECORD_KINDS,
  type ReadRecords,
  type RecordKind,
  TenantRecords,
  type WrittenRecords,
} from '@rowhouse/transfer';
import type { Domains } from '../domains/domains.js';
import type { Members } from '../members/members.js';
import type { TenantPlans } from '../plans/tenant-plans.js';
import type { SettingsStore } from '../settings/settings-store.js';
import { archivedDomains } from './archived-domains.js';
import type { ArchivedKind, PreparedKind } from './archived-kind.js';
import { archivedMembers } from './archived-members.js';
import { archivedOverrides } from './archived-overrides.js';
import { archivedSettings } from './archived-settings.js';

/** The services of what an app has. What is left out is in no archive. */
export interface CatalogRecordsOptions {
  readonly settings?: SettingsStore | undefined;
  readonly domains?: Domains | undefined;
  readonly members?: Members | undefined;
  readonly plans?: TenantPlans | undefined;
}

type Kinds = { readonly [Kind in RecordKind]: ArchivedKind<Kind> | undefined };

/**
 * Settings, domains, members and overrides of tenants, for archives:
 *
 *     const records = new CatalogRecords(catalog, { members: new Members(catalog, { roles: ['owner', 'member'], ownerRole: 'owner' }) });
 *     await exportTenant(fleet, tenant, destination, { include: ['members'], records });
 */
export class CatalogRecords extends TenantRecords {
  readonly kinds: readonly RecordKind[];
  readonly #catalog: Catalog;
  readonly #kinds: Kinds;

  constructor(catalog: Catalog, { settings, domains, members, plans }: CatalogRecordsOptions) {
    super();
    this.#catalog = catalog;
    this.#kinds = {
      settings: settings && archivedSettings(catalog, settings),
      domains: domains && archivedDomains(domains),
      members: members && archivedMembers(members),
      // Without plans nothing is overridden.
      overrides: plans && plans.list().length > 0 ? archivedOverrides(plans) : undefined,
    };
    this.kinds = RECORD_KINDS.filter((kind) => this.#kinds[kind]);
  }

  async read(
    tenant: Tenant,
    kinds: readonly RecordKind[],
    options: { readonly isEncrypted: boolean },
  ): Promise<ReadRecords> {
    const found = await this.#catalog.transaction(async (client) => {
      await client.query('set transaction isolation level repeatable read, read only');
      const all = [];
      for (const kind of kinds) all.push([kind, await this.#of(kind).read(client, tenant, options)] as const);
      return all;
    });
    const records: [RecordKind, unknown][] = [];
    const revision: [RecordKind, unknown][] = [];
    for (const [kind, open] of found) {
      const read = await open();
      records.push([kind, read.content]);
      revision.push([kind, read.revision]);
    }
    return { records: Object.fromEntries(records), revision };
  }

  async prepare(records: ArchivedRecords, into: Tenant | undefined): Promise<PreparedRecords> {
    const prepared: [RecordKind, PreparedKind][] = [];
    for (const kind of RECORD_KINDS) {
      const content = records[kind];
      if (content !== undefined) prepared.push([kind, await this.#of(kind).prepare(content, into)]);
    }
    return {
      write: async (client, tenant, control) => {
        const report: WrittenRecords[] = [];
        for (const [kind, { write }] of prepared)
          report.push({ kind, ...(await write(client, tenant, control)) });
        return report;
      },
      written: (tenant) => {
        for (const [, { written }] of prepared) written?.(tenant);
      },
    };
  }

  #of(kind: RecordKind): ArchivedKind<RecordKind> {
    const found = this.#kinds[kind];
    if (!found) throw new TypeError(`The application declares no ${kind}.`);
    return found as ArchivedKind<RecordKind>;
  }
}
