import { IsolationViolationError, type Tenant } from '@rowhouse/core';
import type { HealthFinding } from '@rowhouse/nestjs';
import type { ChromaClient, Collection } from 'chromadb';
import { CollectionConflictError } from '../errors.js';
import { type CollectionFacts, METRICS, type Metric } from '../records/collection-facts.js';
import { parseCursor, writeCursor } from '../records/cursor.js';
import type { CheckedRecord, VectorMatch, VectorRecord } from '../records/vector-record.js';
import type { Page, Search, Selection, VectorStore } from '../vector-store.js';
import { type ChromaDatabases, type ChromaPlaces, oneDatabase, ownDatabases } from './chroma-databases.js';
import { asking, NOT_FOUND, NOT_UNIQUE, nameOf } from './chroma-errors.js';
import { chromaWhere } from './chroma-filter.js';
import { chromaNameOf, chromaSuffixOf } from './chroma-names.js';
import { markedMetadata, OWNER, ownMetadata } from './chroma-records.js';

const MARKS = {
  owner: OWNER,
  name: 'rowhouse_name',
  dimensions: 'rowhouse_dimensions',
  metric: 'rowhouse_metric',
};

/** How many collections are listed at a time. */
const PAGE = 500;

/** The distances that Chroma answers, as Rowhouse defines them. */
const DISTANCES: Readonly<Record<Metric, (distance: number) => number>> = {
  cosine: (distance) => distance,
  l2: (squared) => Math.sqrt(Math.max(0, squared)),
  ip: (oneMore) => oneMore - 1,
};

/** A collection of Chroma for each collection of a tenant. */
class ChromaStore implements VectorStore {
  readonly name = 'chroma';
  readonly isOutsideOfHomes = true;
  readonly #places: ChromaPlaces;
  /** What was found in Chroma, by what was told of it. */
  readonly #found = new WeakMap<CollectionFacts, Collection>();

  constructor(places: ChromaPlaces) {
    this.#places = places;
  }

  find(tenant: Tenant, name: string): Promise<CollectionFacts | undefined> {
    return asking(async () => {
      try {
        const client = this.#places.clientOf(tenant);
        const found = await client.getCollection({ name: chromaNameOf(tenant, name) });
        return this.#factsOf(tenant, found, name);
      } catch (error) {
        if (nameOf(error) === NOT_FOUND) return undefined;
        throw error;
      }
    });
  }

  create(tenant: Tenant, facts: CollectionFacts): Promise<CollectionFacts> {
    return asking(async () => {
      try {
        await this.#places.prepare(tenant);
        const made = await this.#places.clientOf(tenant).createCollection({
          name: chromaNameOf(tenant, facts.name),
          configuration: { hnsw: { space: facts.metric } },
          metadata: {
            [MARKS.owner]: tenant.id,
            [MARKS.name]: facts.name,
            [MARKS.dimensions]: facts.dimensions,
            [MARKS.metric]: facts.metric,
          },
          embeddingFunction: null,
        });
        return this.#factsOf(tenant, made, facts.name);
      } catch (error) {
        const found = nameOf(error) === NOT_UNIQUE ? await this.find(tenant, facts.name) : undefined;
        if (found) return found;
        throw error;
      }
    });
  }

  async list(tenant: Tenant): Promise<readonly CollectionFacts[]> {
    const found = await this.#collectionsOf(tenant);
    return found.map((each) => this.#factsOf(tenant, each)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  upsert(tenant: Tenant, facts: CollectionFacts, records: readonly CheckedRecord[]): Promise<void> {
    return this.#in(facts, async (collection) => {
      const ids = records.map(({ id }) => id);
      const before = await collection.get({ ids, include: ['metadatas'] });
      const metadata = new Map(before.ids.map((id, i) => [id, before.metadatas[i]]));
      await collection.upsert({
        ids,
        embeddings: records.map(({ embedding }) => [...embedding]),
        // Chroma would keep the document of a record that has none.
        documents: records.map(({ document = '' }) => document),
        metadatas: records.map((record) => markedMetadata(tenant, record, metadata.get(record.id))),
      });
    });
  }

  query(tenant: Tenant, facts: CollectionFacts, search: Search): Promise<readonly VectorMatch[]> {
    return this.#in(facts, async (collection) => {
      const { ids, documents, metadatas, distances } = await collection.query({
        queryEmbeddings: [[...search.embedding]],
        nResults: search.limit,
        ...(search.where ? { where: chromaWhere(search.where) } : {}),
        include: ['distances', 'documents', 'metadatas'],
      });
      return (ids[0] ?? []).map((id, i) => ({
        id,
        distance: DISTANCES[facts.metric](Number(distances[0]?.[i])),
        document: documents[0]?.[i] || undefined,
        metadata: ownMetadata(tenant, metadatas[0]?.[i]),
      }));
    });
  }

  get(tenant: Tenant, facts: CollectionFacts, page: Page) {
    const offset = page.after === undefined ? 0 : parseCursor(page.after, 'number');
    return this.#in(facts, async (collection) => {
      if (page.ids?.length === 0) return { records: [], next: undefined };
      const found = await collection.get({
        ...(page.ids ? { ids: [...page.ids] } : {}),
        ...(page.where ? { where: chromaWhere(page.where) } : {}),
        limit: page.limit + 1,
        offset,
        include: ['embeddings', 'documents', 'metadatas'],
      });
      const records = found.ids.slice(0, page.limit).map(
        (id, i): VectorRecord => ({
          id,
          embedding: found.embeddings[i] ?? [],
          document: found.documents[i] || undefined,
          metadata: ownMetadata(tenant, found.metadatas[i]),
        }),
      );
      const hasMore = found.ids.length > page.limit;
      return { records, next: hasMore ? writeCursor(offset + page.limit) : undefined };
    });
  }

  delete(_tenant: Tenant, facts: CollectionFacts, { ids, where }: Selection): Promise<void> {
    return this.#in(facts, async (collection) => {
      if (ids?.length === 0) return;
      await collection.delete({
        ...(ids ? { ids: [...ids] } : {}),
        ...(where ? { where: chromaWhere(where) } : {}),
      });
    });
  }

  count(_tenant: Tenant, facts: CollectionFacts): Promise<number> {
    return this.#in(facts, (collection) => collection.count());
  }

  async drop(tenant: Tenant, name: string): Promise<void> {
    // What is found bears the tenant's mark.
    if (await this.find(tenant, name)) await this.#remove(tenant, chromaNameOf(tenant, name));
  }

  async purge(tenant: Tenant): Promise<void> {
    // Pages shift when others make or remove collections meanwhile: the last look finds none.
    for (;;) {
      const found = await this.#collectionsOf(tenant);
      if (found.length === 0) break;
      for (const { name } of found) await this.#remove(tenant, name);
    }
    await asking(() => this.#places.clear(tenant));
  }

  async check(): Promise<HealthFinding> {
    await asking(() => this.#places.heartbeat());
    return { status: 'up' };
  }

  async checkTenant(tenant: Tenant): Promise<HealthFinding> {
    return { status: 'up', collections: (await this.list(tenant)).length };
  }

  #collectionsOf(tenant: Tenant): Promise<readonly Collection[]> {
    const suffix = chromaSuffixOf(tenant);
    return asking(async () => {
      const found: Collection[] = [];
      for (let offset = 0; ; offset += PAGE) {
        const page = await this.#places.clientOf(tenant).listCollections({ limit: PAGE, offset });
        found.push(...page.filter(({ name }) => name.endsWith(suffix)));
        if (page.length < PAGE) return found;
      }
    });
  }

  #remove(tenant: Tenant, name: string): Promise<void> {
    return asking(async () => {
      try {
        await this.#places.clientOf(tenant).deleteCollection({ name });
      } catch (error) {
        // Somebody else was faster.
        if (nameOf(error) !== NOT_FOUND) throw error;
      }
    });
  }

  /** @throws {IsolationViolationError} when it is not marked as the tenant's, or is another of its collections. */
  #factsOf(tenant: Tenant, collection: Collection, wanted?: string): CollectionFacts {
    const { [MARKS.owner]: owner, [MARKS.name]: name, ...marks } = collection.metadata ?? {};
    const dimensions = marks[MARKS.dimensions];
    const metric = METRICS.find((each) => each === marks[MARKS.metric]);
    const isOwn =
      owner === tenant.id && typeof name === 'string' && chromaNameOf(tenant, name) === collection.name;
    if (!isOwn || (wanted ?? name) !== name || typeof dimensions !== 'number' || !metric)
      throw new IsolationViolationError(
        `The collection ${collection.name} of Chroma does not bear the marks of its tenant and its name: somebody else has made or ` +
          'changed it. Nothing was read or written.',
      );
    const facts = Object.freeze({ name, dimensions, metric });
    this.#found.set(facts, collection);
    return facts;
  }

  /** Works in a collection that was found. */
  #in<T>(facts: CollectionFacts, work: (collection: Collection) => Promise<T>): Promise<T> {
    const collection = this.#found.get(facts);
    if (!collection) throw new TypeError('Facts of a collection are those that this store has told.');
    return asking(async () => {
      try {
        return await work(collection);
      } catch (error) {
        if (nameOf(error) !== NOT_FOUND) throw error;
        throw new CollectionConflictError(`The collection ${facts.name} was removed meanwhile.`);
      }
    });
  }
}

/**
 * Keeps collections in Chroma: in the tenant and database of Chroma that the client is for, or each tenant's in a database of its own.
 * Nobody else should write to it.
 *
 *     TenantVectorsModule.forRoot({ store: chromaStore(new ChromaClient({ host: 'chroma', port: 8000 })) })
 */
export function chromaStore(chroma: ChromaClient | ChromaDatabases): VectorStore {
  return new ChromaStore('admin' in chroma ? ownDatabases(chroma) : oneDatabase(chroma));
}
