import type { Tenant } from '@rowhouse/core';
import { sqlStateOf } from '@rowhouse/core/internal';
import type { HealthFinding } from '@rowhouse/nestjs';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { CollectionConflictError, VectorsNotPreparedError } from '../errors.js';
import type { CollectionFacts } from '../records/collection-facts.js';
import { parseCursor, writeCursor } from '../records/cursor.js';
import type { CheckedRecord, VectorMatch, VectorMetadata, VectorRecord } from '../records/vector-record.js';
import type { Page, Search, Selection, VectorStore } from '../vector-store.js';
import { EMBEDDING_TYPES, type HomeStoreName } from './embedding-type.js';
import { sqlCondition } from './sql-filter.js';

/**
 * undefined_table, undefined_object (a type), undefined_function; and insufficient_privilege, where the path leads to the tables that tenants with
 * isolation `row` share, since the home has none.
 */
const NOT_PREPARED = new Set(['42P01', '42704', '42883', '42501']);
/** foreign_key_violation */
const COLLECTION_GONE = '23503';

interface Row {
  readonly id: string;
  readonly document: string | null;
  readonly metadata: VectorMetadata;
}

const partsOf = ({ id, document, metadata }: Row) => ({ id, document: document ?? undefined, metadata });

/** The text of an embedding, as PostgreSQL reads an array. */
const textOf = (embedding: readonly number[]) => `{${embedding.map((each) => Math.fround(each)).join(',')}}`;

/**
 * Collections in the home of each tenant. Each statement is pinned to the tenant, so that PostgreSQL keeps tenants apart as it does
 * with all other tables; the condition on `tenant_id` lets it use the key.
 */
export class HomeVectorStore implements VectorStore {
  readonly isOutsideOfHomes = false;
  readonly #registry: DataSourceRegistry;

  /** @param name - which type the embeddings of the tables have. */
  constructor(
    registry: DataSourceRegistry,
    readonly name: HomeStoreName,
  ) {
    this.#registry = registry;
  }

  async find(tenant: Tenant, name: string): Promise<CollectionFacts | undefined> {
    const [facts] = await this.#query<CollectionFacts>(
      tenant,
      'select name, dimensions, metric from vector_collections where tenant_id = $1 and name = $2',
      [tenant.id, name],
    );
    return facts;
  }

  async create(tenant: Tenant, facts: CollectionFacts): Promise<CollectionFacts> {
    const { name, dimensions, metric } = facts;
    await this.#query(
      tenant,
      `insert into vector_collections (tenant_id, name, dimensions, metric) values ($1, $2, $3, $4)
         on conflict (tenant_id, name) do nothing`,
      [tenant.id, name, dimensions, metric],
    );
    // Gone again at once, it is made anew by whoever asks next.
    return (await this.find(tenant, name)) ?? facts;
  }

  list(tenant: Tenant): Promise<readonly CollectionFacts[]> {
    return this.#query(
      tenant,
      'select name, dimensions, metric from vector_collections where tenant_id = $1 order by name',
      [tenant.id],
    );
  }

  async upsert(tenant: Tenant, facts: CollectionFacts, records: readonly CheckedRecord[]): Promise<void> {
    const column = <T>(of: (record: CheckedRecord) => T) => records.map(of);
    await this.#query(
      tenant,
      `insert into vector_records (tenant_id, collection, id, embedding, dimensions, document, metadata)
         select $1, $2, r.id, r.embedding::real[], $3::integer, r.document, r.metadata::jsonb
           from unnest($4::text[], $5::text[], $6::text[], $7::text[]) r (id, embedding, document, metadata)
          order by r.id
         on conflict (tenant_id, collection, id) do update
           set embedding = excluded.embedding, document = excluded.document, metadata = excluded.metadata`,
      [
        tenant.id,
        facts.name,
        facts.dimensions,
        column(({ id }) => id),
        column(({ embedding }) => textOf(embedding)),
        column(({ document }) => document ?? null),
        column(({ metadata }) => JSON.stringify(metadata)),
      ],
    );
  }

  async query(tenant: Tenant, facts: CollectionFacts, search: Search): Promise<readonly VectorMatch[]> {
    const { text, values } = searchStatement(this.name, tenant, facts, search);
    const rows = await this.#query<Row & { distance: number }>(tenant, text, values);
    return rows.map(({ distance: far, ...row }) => ({ ...partsOf(row), distance: far }));
  }

  async get(tenant: Tenant, facts: CollectionFacts, page: Page) {
    const values: unknown[] = [tenant.id, facts.name, page.limit + 1];
    const after = page.after === undefined ? '' : parseCursor(page.after, 'string');
    const rows = await this.#query<Row & { embedding: string }>(
      tenant,
      `select id, to_json(embedding::real[])::text as embedding, document, metadata from vector_records
        where tenant_id = $1 and collection = $2 and id > $${values.push(after)}
          ${selected(page, values)}
        order by id limit $3`,
      values,
    );
    const records = rows
      .slice(0, page.limit)
      .map((row): VectorRecord => ({ ...partsOf(row), embedding: JSON.parse(row.embedding) }));
    const last = records.at(-1);
    return { records, next: rows.length > page.limit && last ? writeCursor(last.id) : undefined };
  }

  async delete(tenant: Tenant, facts: CollectionFacts, selection: Selection): Promise<void> {
    const values: unknown[] = [tenant.id, facts.name];
    await this.#query(
      tenant,
      `delete from vector_records where tenant_id = $1 and collection = $2 ${selected(selection, values)}`,
      values,
    );
  }

  async count(tenant: Tenant, facts: CollectionFacts): Promise<number> {
    const [row] = await this.#query<{ count: string }>(
      tenant,
      'select count(*) as count from vector_records where tenant_id = $1 and collection = $2',
      [tenant.id, facts.name],
    );
    return Number(row?.count);
  }

  async drop(tenant: Tenant, name: string): Promise<void> {
    await this.#query(tenant, 'delete from vector_collections where tenant_id = $1 and name = $2', [
      tenant.id,
      name,
    ]);
  }

  async purge(tenant: Tenant): Promise<void> {
    await this.#query(tenant, 'delete from vector_collections where tenant_id = $1', [tenant.id]);
  }

  /** The database is the app's own, which has checks already; what may be missing is a tenant's. */
  async check(): Promise<HealthFinding> {
    return { status: 'up' };
  }

  async checkTenant(tenant: Tenant): Promise<HealthFinding> {
    return { status: 'up', collections: (await this.list(tenant)).length };
  }

  async #query<T>(tenant: Tenant, text: string, values: unknown[]): Promise<T[]> {
    try {
      return await this.#registry.for(tenant).query(text, values);
    } catch (error) {
      const state = sqlStateOf(error) ?? '';
      if (NOT_PREPARED.has(state)) throw new VectorsNotPreparedError(error);
      if (state === COLLECTION_GONE)
        throw new CollectionConflictError('The collection was removed meanwhile.');
      throw error;
    }
  }
}

function selected({ ids, where }: Selection, values: unknown[]): string {
  const conditions = [
    ...(ids ? [`and id = any($${values.push(ids)}::text[])`] : []),
    ...(where ? [`and ${sqlCondition(where, values)}`] : []),
  ];
  return conditions.join(' ');
}

export function searchStatement(name: HomeStoreName, tenant: Tenant, facts: CollectionFacts, search: Search) {
  const values: unknown[] = [tenant.id, facts.name, textOf(search.embedding), search.limit];
  const text = `select id, document, metadata, ${EMBEDDING_TYPES[name].distance(facts, '$3')} as distance from vector_records
    where tenant_id = $1 and collection = $2 and dimensions = ${facts.dimensions}
      ${search.where ? `and ${sqlCondition(search.where, values)}` : ''}
    order by distance limit $4`;
  return { text, values };
}
