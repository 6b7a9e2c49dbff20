import { DEFAULT_SYSTEM_ROLE, parseOptions, ROW_POLICIES } from '@rowhouse/core/internal';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';
import { MAX_DIMENSIONS, METRICS } from '../records/collection-facts.js';
import { distanceOf, indexExpression, MAX_INDEXED_DIMENSIONS } from './distance.js';

const optionsSchema = z.strictObject({
  timestamp: z.int().min(1_000_000_000_000).max(9_999_999_999_999),
  systemRole: z.string().min(1).max(63).default(DEFAULT_SYSTEM_ROLE),
  indexes: z
    .array(
      z.strictObject({ dimensions: z.int().min(1).max(MAX_INDEXED_DIMENSIONS), metric: z.enum(METRICS) }),
    )
    .default([]),
});

/** How the tables are made. */
export interface VectorTablesOptions {
  /** Where the migration stands among the app's own: milliseconds since 1970. It must stay as it is. */
  readonly timestamp: number;
  /** An HNSW index for each, for collections of this shape, of up to 2,000 dimensions. Default none: queries compare with all records of the collection. */
  readonly indexes?: readonly { readonly dimensions: number; readonly metric: (typeof METRICS)[number] }[];
  /** Reads and writes the rows of all tenants with isolation `row`. Default `rowhouse_system`; with `pool.roles: 'crm'`, `crm_system`. */
  readonly systemRole?: string;
}

/** As `TENANT_DEFAULT` of `@rowhouse/typeorm`; no entity is compared with these tables. */
const TENANT = "nullif(current_setting('rowhouse.tenant_id', true), '')::uuid";

const TABLES = ['vector_collections', 'vector_records'] as const;

const MAKE = [
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
     embedding vector not null,
     dimensions integer not null check (dimensions = vector_dims(embedding)),
     document text,
     metadata jsonb not null,
     primary key (tenant_id, collection, id),
     foreign key (tenant_id, collection) references vector_collections (tenant_id, name) on delete cascade)`,
  // Filters on equality.
  'create index vector_records_metadata on vector_records using gin (metadata jsonb_path_ops)',
];

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
 * A migration that makes the tables of collections in the home of each tenant, behind policies. The database needs the extension
 * `vector` in a shared schema.
 *
 *     TypeORM's options: { migrations: [..., vectorTablesMigration({ timestamp: 1764000000000 })] }
 *
 * @throws {OptionsInvalidError}
 */
export function vectorTablesMigration(options: VectorTablesOptions): new () => MigrationInterface {
  const { timestamp, systemRole, indexes } = parseOptions('vectorTablesMigration', optionsSchema, options);
  const name = `VectorTables${timestamp}`;
  const statements = [
    ...MAKE,
    ...indexes.map(
      ({ dimensions, metric }) =>
        `create index vector_records_${metric}_${dimensions} on vector_records using hnsw (${indexExpression(dimensions)} ${distanceOf(metric).operatorClass})
          where dimensions = ${dimensions}`,
    ),
    ...TABLES.flatMap((table) => securing(table, systemRole)),
  ];
  return class VectorTables implements MigrationInterface {
    readonly name = name;

    async up(queryRunner: QueryRunner): Promise<void> {
      for (const statement of statements) await queryRunner.query(statement);
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      for (const table of TABLES.toReversed()) await queryRunner.query(`drop table ${table}`);
    }
  };
}
