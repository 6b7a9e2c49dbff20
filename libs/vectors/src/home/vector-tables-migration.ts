import { DEFAULT_SYSTEM_ROLE, parseOptions, ROW_POLICIES } from '@rowhouse/core/internal';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';
import { MAX_DIMENSIONS, METRICS } from '../records/collection-facts.js';
import {
  createIndex,
  EMBEDDING_TYPES,
  type EmbeddingType,
  HOME_STORES,
  type HomeStoreName,
  indexName,
  MAX_INDEXED_DIMENSIONS,
} from './embedding-type.js';

const timestamp = z.int().min(1_000_000_000_000).max(9_999_999_999_999);
const indexes = z
  .array(z.strictObject({ dimensions: z.int().min(1).max(MAX_INDEXED_DIMENSIONS), metric: z.enum(METRICS) }))
  .default([]);

const tablesSchema = z
  .strictObject({
    timestamp,
    systemRole: z.string().min(1).max(63).default(DEFAULT_SYSTEM_ROLE),
    store: z.enum(HOME_STORES).default('pgvector'),
    indexes,
  })
  .refine(({ store, indexes: { length } }) => store === 'pgvector' || length === 0, {
    path: ['indexes'],
    error: 'expected none: an index is for the store pgvector',
  });

const changeSchema = z.strictObject({ timestamp, indexes });

/** How the embeddings of tables with the store `exact` are changed to pgvector's type. */
export interface PgvectorMigrationOptions {
  /** Where the migration stands among the app's own: milliseconds since 1970. It must stay as it is. */
  readonly timestamp: number;
  /** An HNSW index for each, for collections of this shape, of up to 2,000 dimensions. Default none: queries compare with all records of the collection. */
  readonly indexes?: readonly { readonly dimensions: number; readonly metric: (typeof METRICS)[number] }[];
}

/** How the tables are made. */
export interface VectorTablesOptions extends PgvectorMigrationOptions {
  /** `pgvector` (default), or `exact` on a PostgreSQL without it; as the `store` of the module. */
  readonly store?: HomeStoreName;
  /** Reads and writes the rows of all tenants with isolation `row`. Default `rowhouse_system`; with `pool.roles: 'crm'`, `crm_system`. */
  readonly systemRole?: string;
}

/** As `TENANT_DEFAULT` of `@rowhouse/typeorm`; no entity is compared with these tables. */
const TENANT = "nullif(current_setting('rowhouse.tenant_id', true), '')::uuid";

const TABLES = ['vector_collections', 'vector_records'] as const;

const isSound = ({ isSound }: EmbeddingType) => `constraint vector_records_embedding check (${isSound})`;

const makeTables = (embeddings: EmbeddingType) => [
  `create table vector_collections (
     tenant_id uuid not null default ${TENANT},
     name text collate "C" not null check (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
     dimensions integer not null check (dimensions between 1 and ${MAX_DIMENSIONS}),
     metric text not null check (metric in (${METRICS.map((metric) => `'${metric}'`).join(', ')})),
     primary key (tenant_id, name))`,
  `create table vector_records (
     tenant_id uuid not null default ${TENANT},
     collection text collate "C" not null,
     id text collate "C" not null,
     embedding ${embeddings.column} not null,
     dimensions integer not null,
     document text,
     metadata jsonb not null,
     ${isSound(embeddings)},
     primary key (tenant_id, collection, id),
     foreign key (tenant_id, collection) references vector_collections (tenant_id, name) on delete cascade)`,
  // Filters on equality.
  'create index vector_records_metadata on vector_records using gin (metadata jsonb_path_ops)',
];

const changeType = (embeddings: EmbeddingType) =>
  `alter table vector_records drop constraint vector_records_embedding,
     alter column embedding type ${embeddings.column} using embedding::${embeddings.column}, add ${isSound(embeddings)}`;

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

function securing(table: string, systemRole: string): string[] {
  const policy = (name: string, role: string, condition: string) =>
    `create policy ${name} on ${table} for all to ${role} using (${condition}) with check (${condition})`;
  return [
    policy(ROW_POLICIES.tenant, 'public', ROW_POLICIES.isOwnRow),
    policy(ROW_POLICIES.system, quoted(systemRole), 'true'),
    `alter table ${table} enable row level security, force row level security`,
  ];
}

/**
 * A migration that makes the tables of collections in the home of each tenant, behind policies. With the store `pgvector` the database
 * needs the extension `vector` in a shared schema.
 *
 *     TypeORM's options: { migrations: [..., vectorTablesMigration({ timestamp: 1764000000000 })] }
 *
 * @throws {OptionsInvalidError}
 */
export function vectorTablesMigration(options: VectorTablesOptions): new () => MigrationInterface {
  const parsed = parseOptions('vectorTablesMigration', tablesSchema, options);
  return class VectorTables extends Statements {
    readonly name = `VectorTables${parsed.timestamp}`;
    protected readonly ups = [
      ...makeTables(EMBEDDING_TYPES[parsed.store]),
      ...parsed.indexes.map(createIndex),
      ...TABLES.flatMap((table) => securing(table, parsed.systemRole)),
    ];
    protected readonly downs = TABLES.toReversed().map((table) => `drop table ${table}`);
  };
}

/**
 * A migration that changes tables of the store `exact` to those of `pgvector`, whose extension the database then needs. Instances with
 * either store work with the tables before and after it.
 *
 * @throws {OptionsInvalidError}
 */
export function pgvectorMigration(options: PgvectorMigrationOptions): new () => MigrationInterface {
  const parsed = parseOptions('pgvectorMigration', changeSchema, options);
  return class VectorsInPgvector extends Statements {
    readonly name = `VectorsInPgvector${parsed.timestamp}`;
    protected readonly ups = [changeType(EMBEDDING_TYPES.pgvector), ...parsed.indexes.map(createIndex)];
    protected readonly downs = [
      ...parsed.indexes.map((shape) => `drop index ${indexName(shape)}`),
      changeType(EMBEDDING_TYPES.exact),
    ];
  };
}

abstract class Statements implements MigrationInterface {
  protected abstract readonly ups: readonly string[];
  protected abstract readonly downs: readonly string[];

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of this.ups) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of this.downs) await queryRunner.query(statement);
  }
}
