import { type Tenant, TenantContext } from '@rowhouse/core';
import { z } from 'zod';
import { tenantInForce } from './access.js';
import { type Embed, embedTexts } from './embed.js';
import { CollectionConflictError, VectorsInvalidError } from './errors.js';
import {
  type CollectionFacts,
  type CollectionShape,
  requireFitting,
  shapeSchema,
} from './records/collection-facts.js';
import { filterSchema, type VectorFilter } from './records/filter.js';
import { parse } from './records/parse.js';
import {
  type CheckedRecord,
  documentSchema,
  embeddingSchema,
  idsSchema,
  MAX_RECORDS,
  type NewVectorRecord,
  recordsSchema,
  type VectorMatch,
  type VectorRecord,
} from './records/vector-record.js';
import type { VectorStore } from './vector-store.js';

const limitSchema = z.int().min(1).max(MAX_RECORDS);

const querySchema = z
  .strictObject({
    embedding: embeddingSchema.optional(),
    text: documentSchema.optional(),
    limit: limitSchema.default(10),
    where: filterSchema.optional(),
  })
  .refine(
    ({ embedding, text }) => (embedding === undefined) !== (text === undefined),
    'expected an embedding or a text',
  );

const getSchema = z.strictObject({
  ids: idsSchema.optional(),
  where: filterSchema.optional(),
  limit: limitSchema.default(100),
  after: z.string().max(1_000).optional(),
});

const deleteSchema = z
  .strictObject({ ids: idsSchema.optional(), where: filterSchema.optional() })
  .refine(
    ({ ids, where }) => ids !== undefined || where !== undefined,
    'expected ids or where; drop() removes all',
  );

/** What is looked for: an embedding, or a text that the module's `embed` makes one of. */
export interface VectorQuery {
  readonly embedding?: readonly number[] | undefined;
  readonly text?: string | undefined;
  /** How many records at most, 1 to 1,000. Default 10. */
  readonly limit?: number | undefined;
  readonly where?: VectorFilter | undefined;
}

export interface VectorGet {
  readonly ids?: readonly string[] | undefined;
  readonly where?: VectorFilter | undefined;
  /** How many records at most, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly after?: string | undefined;
}

/** Records by their ids, by their metadata, or by both. */
export interface VectorDelete {
  readonly ids?: readonly string[] | undefined;
  readonly where?: VectorFilter | undefined;
}

/** A page of records. */
export interface VectorPage {
  readonly records: readonly VectorRecord[];
  /** Give it as `after` for the next page; `undefined` on the last one. */
  readonly next: string | undefined;
}

/** How many records `export` reads, and `import` writes, at a time. */
const BATCH = 500;

/**
 * A collection of each tenant: every call is for the tenant in force when it is made. A singleton may keep this object, as it
 * does a repository. It costs nothing until it is called.
 *
 * Each method throws {@link TenantContextMissingError} outside a tenant, {@link VectorsInvalidError} for what no collection takes,
 * {@link CollectionConflictError} where the collection has another shape than the code says, and
 * {@link VectorStoreUnavailableError}.
 */
export class TenantCollection {
  readonly #store: VectorStore;
  readonly #embed: Embed | undefined;
  readonly #shape: z.output<typeof shapeSchema>;

  /** @internal Made by {@link TenantVectors.collection}. */
  constructor(
    readonly name: string,
    parts: { readonly store: VectorStore; readonly embed: Embed | undefined },
    shape: CollectionShape,
  ) {
    this.#store = parts.store;
    this.#embed = parts.embed;
    this.#shape = parse(shapeSchema, shape, 'shape');
  }

  /**
   * Stores up to 1,000 records, all or none. One with an id that is there is replaced as a whole. The first makes the collection.
   */
  async upsert(records: readonly NewVectorRecord[]): Promise<void> {
    const tenant = tenantInForce('write');
    const checked = await this.#withEmbeddings(parse(recordsSchema, records, 'records'));
    const [first] = checked;
    if (!first) return;
    const facts = await this.#findOrCreate(tenant, first.embedding.length);
    for (const [i, { embedding }] of checked.entries()) requireFitting(embedding, facts, `[${i}].embedding`);
    await this.#store.upsert(tenant, facts, checked);
  }

  /** The nearest records, the nearest first. None where the collection is not there yet. */
  async query(query: VectorQuery): Promise<readonly VectorMatch[]> {
    const tenant = tenantInForce('read');
    const { text, embedding, ...rest } = parse(querySchema, query, 'query');
    const facts = await this.#find(tenant);
    if (!facts) return [];
    const [made] = text === undefined ? [embedding] : await embedTexts(this.#embed, [text], ['text']);
    const wanted = made ?? [];
    requireFitting(wanted, facts, 'embedding');
    return this.#store.query(tenant, facts, { ...rest, embedding: wanted });
  }

  /** A page of records, in an order of the store's own. */
  async get(get: VectorGet = {}): Promise<VectorPage> {
    const tenant = tenantInForce('read');
    const page = parse(getSchema, get, 'get');
    const facts = await this.#find(tenant);
    return facts ? this.#store.get(tenant, facts, page) : { records: [], next: undefined };
  }

  /** Removes records. Ids that are not there are no error. */
  async delete(selection: VectorDelete): Promise<void> {
    const tenant = tenantInForce('write');
    const checked = parse(deleteSchema, selection, 'delete');
    const facts = await this.#find(tenant);
    if (facts) await this.#store.delete(tenant, facts, checked);
  }

  /** How many records there are. */
  async count(): Promise<number> {
    const tenant = tenantInForce('read');
    const facts = await this.#find(tenant);
    return facts ? this.#store.count(tenant, facts) : 0;
  }

  /** Removes the collection with its records. */
  async drop(): Promise<void> {
    await this.#store.drop(tenantInForce('write'), this.name);
  }

  /**
   * All records, page by page, of the tenant in force when this is called, wherever they are iterated. Records that are written
   * meanwhile may be among them or not.
   */
  export(): AsyncIterable<VectorRecord> {
    tenantInForce('read');
    const asCaller = TenantContext.capture();
    const page = (after: string | undefined) => asCaller(() => this.get({ limit: BATCH, after }));
    return (async function* () {
      let after: string | undefined;
      do {
        const { records, next } = await page(after);
        yield* records;
        after = next;
      } while (after !== undefined);
    })();
  }

  /**
   * Stores any number of records, 500 at a time, for the tenant in force when this is called. It may be repeated.
   *
   * @returns how many there were.
   */
  async import(records: AsyncIterable<NewVectorRecord> | Iterable<NewVectorRecord>): Promise<number> {
    tenantInForce('write');
    const asCaller = TenantContext.capture();
    let count = 0;
    let batch: NewVectorRecord[] = [];
    const write = async () => {
      await asCaller(() => this.upsert(batch));
      count += batch.length;
      batch = [];
    };
    for await (const record of records) {
      batch.push(record);
      if (batch.length === BATCH) await write();
    }
    await write();
    return count;
  }

  async #find(tenant: Tenant): Promise<CollectionFacts | undefined> {
    const facts = await this.#store.find(tenant, this.name);
    if (facts) this.#requireShape(facts);
    return facts;
  }

  async #findOrCreate(tenant: Tenant, length: number): Promise<CollectionFacts> {
    const found = await this.#find(tenant);
    if (found) return found;
    const { dimensions = length, metric } = this.#shape;
    const made = await this.#store.create(tenant, { name: this.name, dimensions, metric });
    this.#requireShape(made);
    return made;
  }

  #requireShape(facts: CollectionFacts): void {
    const { dimensions = facts.dimensions, metric } = this.#shape;
    if (facts.dimensions !== dimensions)
      throw new CollectionConflictError(
        `The collection ${this.name} has embeddings of ${facts.dimensions} numbers, not ${dimensions}.`,
      );
    if (facts.metric !== metric)
      throw new CollectionConflictError(
        `The collection ${this.name} has the metric ${facts.metric}, not ${metric}.`,
      );
  }

  async #withEmbeddings(records: z.output<typeof recordsSchema>): Promise<readonly CheckedRecord[]> {
    const without = records.flatMap(({ embedding, document }, i) =>
      embedding ? [] : [{ document, field: `[${i}].embedding` }],
    );
    const bare = without.filter(({ document }) => document === undefined);
    if (bare.length > 0)
      throw new VectorsInvalidError(
        bare.map(({ field }) => ({ field, expected: 'expected an embedding, or a document to make one of' })),
      );
    const made = await embedTexts(
      this.#embed,
      without.flatMap(({ document }) => document ?? []),
      without.map(({ field }) => field),
    );
    const next = made.values();
    return records.map(({ embedding = next.next().value ?? [], ...rest }) => ({ ...rest, embedding }));
  }
}
