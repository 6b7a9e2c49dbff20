import type { Tenant } from '@rowhouse/core';
import type { HealthFinding } from '@rowhouse/nestjs';
import type { CollectionFacts } from './records/collection-facts.js';
import type { Condition } from './records/filter.js';
import type { CheckedRecord, VectorMatch, VectorRecord } from './records/vector-record.js';

/** Which records, and from where on. */
export interface Page {
  readonly ids?: readonly string[] | undefined;
  readonly where?: Condition | undefined;
  readonly limit: number;
  /** What the page before ended with. */
  readonly after?: string | undefined;
}

/** Which records are to go. */
export interface Selection {
  readonly ids?: readonly string[] | undefined;
  readonly where?: Condition | undefined;
}

/** An embedding, and how many records near it. */
export interface Search {
  readonly embedding: readonly number[];
  readonly limit: number;
  readonly where?: Condition | undefined;
}

/**
 * Where the collections of all tenants are. Each call is for one tenant, and reaches nothing of another. What comes here was
 * checked.
 */
export interface VectorStore {
  /** As operators know it. */
  readonly name: string;
  /** Whether a purge of the tenant's home leaves the collections where they are. */
  readonly isOutsideOfHomes: boolean;
  /** A collection; `undefined` where the tenant has none of this name. */
  find(tenant: Tenant, name: string): Promise<CollectionFacts | undefined>;
  /** Makes a collection, or finds the one that somebody else has made meanwhile. */
  create(tenant: Tenant, facts: CollectionFacts): Promise<CollectionFacts>;
  /** In the order of their names. */
  list(tenant: Tenant): Promise<readonly CollectionFacts[]>;
  upsert(tenant: Tenant, facts: CollectionFacts, records: readonly CheckedRecord[]): Promise<void>;
  query(tenant: Tenant, facts: CollectionFacts, search: Search): Promise<readonly VectorMatch[]>;
  get(
    tenant: Tenant,
    facts: CollectionFacts,
    page: Page,
  ): Promise<{ readonly records: readonly VectorRecord[]; readonly next: string | undefined }>;
  delete(tenant: Tenant, facts: CollectionFacts, selection: Selection): Promise<void>;
  count(tenant: Tenant, facts: CollectionFacts): Promise<number>;
  /** Removes a collection; one that is not there is no error. */
  drop(tenant: Tenant, name: string): Promise<void>;
  /** Removes all collections of the tenant. */
  purge(tenant: Tenant): Promise<void>;
  /** Whether the store answers. An error is `down`. */
  check(): Promise<HealthFinding>;
  /** As {@link check}, of what the tenant has of it. */
  checkTenant(tenant: Tenant): Promise<HealthFinding>;
}
