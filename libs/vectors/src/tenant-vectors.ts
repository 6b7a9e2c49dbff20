import { tenantInForce } from './access.js';
import type { Embed } from './embed.js';
import {
  type CollectionFacts,
  type CollectionShape,
  parseCollectionName,
} from './records/collection-facts.js';
import {
  migrateShared,
  type SharedMigrationOptions,
  type SharedMigrationProgress,
} from './shared/migrate-shared.js';
import { TenantCollection } from './tenant-collection.js';
import type { VectorStore } from './vector-store.js';

export interface TenantVectorsOptions {
  readonly store: VectorStore;
  /** Makes embeddings of texts. Without it, records and queries bring their own. */
  readonly embed?: Embed | undefined;
}

/** A collection, and how many records it has. */
export interface CollectionSummary extends CollectionFacts {
  readonly count: number;
}

/**
 * Collections of embeddings, each tenant its own:
 *
 *     const memory = vectors.collection('memory');
 *     await memory.upsert([{ id: '1', document: 'The plan is to meet on Monday.', metadata: { kind: 'note' } }]);
 *     await memory.query({ text: 'When do we meet?', where: { kind: 'note' } });
 */
export class TenantVectors {
  readonly #store: VectorStore;
  readonly #embed: Embed | undefined;

  constructor({ store, embed }: TenantVectorsOptions) {
    this.#store = store;
    this.#embed = embed;
  }

  /**
   * The collection of this name, of whichever tenant is in force when one of its methods is called.
   *
   * @throws {VectorsInvalidError} when a collection cannot have the name, or the shape.
   */
  collection(name: string, shape: CollectionShape = {}): TenantCollection {
    const parts = { store: this.#store, embed: this.#embed };
    return new TenantCollection(parseCollectionName(name), parts, shape);
  }

  /**
   * The collections of the tenant in force, in the order of their names.
   *
   * @throws {TenantContextMissingError} outside a tenant.
   */
  async collections(): Promise<readonly CollectionSummary[]> {
    const tenant = tenantInForce('read');
    const summaries: CollectionSummary[] = [];
    for (const facts of await this.#store.list(tenant))
      summaries.push({ ...facts, count: await this.#store.count(tenant, facts) });
    return summaries;
  }

  /**
   * Removes all collections of the tenant in force.
   *
   * @throws {TenantContextMissingError} outside a tenant.
   */
  async purge(): Promise<void> {
    await this.#store.purge(tenantInForce('write'));
  }

  /**
   * Copies the records of a collection that all tenants have shared into a collection of each. Records keep their ids, so that it may
   * be repeated; after a crash it goes on behind the last `next` that `onProgress` was told. Audited.
   *
   *     await vectors.migrateShared({ from: sharedChromaCollection(client, 'memory'), to: 'memory', tenant: acme });
   *
   * @throws {VectorsInvalidError} naming what a tenant's record cannot have. What was copied before stays.
   */
  migrateShared(options: SharedMigrationOptions): Promise<SharedMigrationProgress> {
    return migrateShared(this.collection(options.to), options);
  }
}
