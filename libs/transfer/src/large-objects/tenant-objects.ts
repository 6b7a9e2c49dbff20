import type { Tenant } from '@rowhouse/core';
import type { FleetDeployment } from '@rowhouse/migrations/internal';
import pg from 'pg';
import type { HomeTable } from '../home/tables.js';

const { escapeIdentifier: quote } = pg;

/**
 * Bytes of a large object that are read at a time. Checksums of backups depend on it: it stays what it is. A multiple of PostgreSQL's
 * page of a large object (2,048).
 */
export const OBJECT_CHUNK_BYTES = 256 * 1_024;

const INV_READ = 0x40000;
const SEEK_END = 2;

/** The columns of a table whose values are numbers of large objects. */
export function objectColumnsOf({ columns }: Pick<HomeTable, 'columns'>): HomeTable['columns'] {
  return columns.filter(({ isLargeObject }) => isLargeObject);
}

/** `table.column` of each. */
export function namesOfObjectColumns(tables: readonly Pick<HomeTable, 'name' | 'columns'>[]): string[] {
  return tables.flatMap((table) => objectColumnsOf(table).map((column) => `${table.name}.${column.name}`));
}

/**
 * Whether large objects tell whose they are. Row tenants share a role, and without roles tenants with schemas do so too.
 */
export function keepsObjects(
  { registry }: Pick<FleetDeployment, 'registry'>,
  { isolation }: Pick<Tenant, 'isolation'>,
): boolean {
  return isolation === 'database' || (isolation === 'schema' && registry.homes.roles !== undefined);
}

/** SQL: the numbers of large objects that the role owns which asks, or of none. */
export class OwnObjects {
  readonly #areTold: boolean;

  /** @param areTold - whether objects tell whose they are; see {@link keepsObjects}. */
  constructor(areTold: boolean) {
    this.#areTold = areTold;
  }

  /** SQL: for FROM, the objects as `m`. */
  get all(): string {
    const whose = this.#areTold
      ? 'lomowner = (select pg_catalog.to_regrole(pg_catalog.quote_ident(current_user)))'
      : 'false';
    return `(select oid from pg_catalog.pg_largeobject_metadata where ${whose}) m`;
  }

  /** SQL: whether a number is that of one of them. */
  has(number: string): string {
    return `exists (select from ${this.all} where m.oid = ${number})`;
  }

  /** SQL: the number, or 0 where it names none of them. 0 never names one. */
  numberIn(column: string): string {
    return this.#cases(column, column);
  }

  /** SQL: what the object holds, as a hash, or 0. */
  contentIn(column: string): string {
    if (!this.#areTold) return this.#cases(column, `'0'::pg_catalog.text`);
    const chunk = `pg_catalog.sha256(pg_catalog.lo_get(${column}, n, ${OBJECT_CHUNK_BYTES}))`;
    return this.#cases(
      column,
      `(select pg_catalog.encode(pg_catalog.sha256(coalesce(pg_catalog.string_agg(${chunk}, ''::pg_catalog.bytea order by n), '')), 'hex')
          from pg_catalog.generate_series(0::pg_catalog.int8, ${sizeOf(column)} - 1, ${OBJECT_CHUNK_BYTES}) n)`,
    );
  }

  /** @param value - of the type that the column has then. */
  #cases(column: string, value: string): string {
    return `case when ${column} is null then null when ${this.has(column)} then ${value} else '0' end`;
  }
}

/** SQL: the bytes of an object. The descriptor is closed again: a transaction may read millions of them. */
export function sizeOf(number: string): string {
  return `(select bytes from (
      select pg_catalog.lo_lseek64(o.fd, 0, ${SEEK_END}) as bytes, pg_catalog.lo_close(o.fd) as closed
        from (select pg_catalog.lo_open(${number}, ${INV_READ}) as fd offset 0) o offset 0) s where s.closed = 0)`;
}

/** SQL: SELECT for a table, with the columns of the source in their order. */
export function columnList(columns: HomeTable['columns'], objects: OwnObjects): string {
  return columns
    .map(({ name, isLargeObject }) =>
      isLargeObject ? `${objects.numberIn(quote(name))} as ${quote(name)}` : quote(name),
    )
    .join(', ');
}
