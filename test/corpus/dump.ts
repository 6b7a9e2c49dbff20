import pg from 'pg';
import { DefaultNamingStrategy } from 'typeorm';
import type { Snapshot } from './snapshot.js';

/** A dump in a database of its own, which the parts of a journey clone. */
export interface Dump {
  readonly serverUrl: string;
  readonly template: string;
  /** Before Rowhouse. */
  readonly before: Snapshot;
  /** The schemas to adopt, the one with the most tables first. */
  readonly schemas: readonly string[];
  /** Schemas that stay. */
  readonly otherSchemas: readonly string[];
  /** Schemas without tables that extensions are in. */
  readonly extensionSchemas: readonly string[];
  /** The statements that ran. */
  readonly statements: readonly string[];
}

/** The schemas of a dump, from what its database holds. */
export function schemasOf(before: Snapshot): Pick<Dump, 'schemas' | 'otherSchemas' | 'extensionSchemas'> {
  const tables = new Map<string, number>();
  const all = new Set<string>();
  const extensions = new Set<string>();
  for (const { kind, schema, value, aspect } of before) {
    if (schema) all.add(schema);
    if (kind === 'state of rows' && schema) tables.set(schema, (tables.get(schema) ?? 0) + 1);
    if (kind === 'extension' && aspect === 'definition') extensions.add(value.split(' ')[0] ?? '');
  }
  const without = (names: ReadonlySet<string>) => [...names].filter((name) => !tables.has(name));
  return {
    schemas: [...tables].sort(([, a], [, b]) => b - a).map(([schema]) => schema),
    otherSchemas: without(all).filter((name) => !extensions.has(name)),
    extensionSchemas: without(extensions).filter((name) => name !== 'public'),
  };
}

/** The schema or the schemas, as `from` takes them. */
export function fromOf({ schemas }: Pick<Dump, 'schemas'>): string {
  return (schemas.length === 1 ? schemas[0] : schemas) as string;
}

/** Schemas behind those of tenants. */
export function sharedSchemasOf({ extensionSchemas }: Dump): string[] {
  return ['public', ...extensionSchemas];
}

/** Makes TypeORM's table of migrations with one that has run, as `migration:run --fake` does. */
export function historyStatements(schema: string, table: string, migration: string): string {
  const name = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
  const key = new DefaultNamingStrategy().primaryKeyName(table, ['id']);
  return `create table ${name} (id serial constraint "${key}" primary key, "timestamp" bigint not null, name varchar not null);
    insert into ${name} ("timestamp", name) values (1700000000000, ${pg.escapeLiteral(migration)})`;
}

/** The schema with the most tables alone: what the others have of it becomes a reference from outside. */
export function withOneSchema(dump: Dump): Dump {
  const [first = 'public', ...rest] = dump.schemas;
  return { ...dump, schemas: [first], otherSchemas: [...dump.otherSchemas, ...rest] };
}
