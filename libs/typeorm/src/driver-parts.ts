import type { Tenant, TenantPool } from '@rowhouse/core';
import { isElsewhere } from '@rowhouse/core/internal';
import type { DataSource } from 'typeorm';

/** What is used of TypeORM's driver for PostgreSQL. Its pools are tenant pools, because the driver option says so. */
export type PostgresDriver = DataSource['driver'] & {
  /** Undefined before the driver is connected and after it is disconnected. */
  readonly master: TenantPool | undefined;
  readonly slaves: readonly TenantPool[];
  readonly schema?: string;
  readonly searchSchema?: string;
  readonly isGeneratedColumnsSupported: boolean;
};

/** The driver of a data source for PostgreSQL. */
export function driverOf(dataSource: DataSource): PostgresDriver {
  return dataSource.driver as unknown as PostgresDriver;
}

/** By which property TypeORM's parts reach their data source: `dataSource` in TypeORM 1, `connection` in 0.3. */
export function wayBack(driver: object): 'dataSource' | 'connection' {
  return 'dataSource' in driver ? 'dataSource' : 'connection';
}

/** The data source of one of TypeORM's parts. */
export function dataSourceOf(part: object): DataSource {
  return Reflect.get(part, wayBack(part)) as DataSource;
}

/** The fields of a driver that name the place where its tables are. */
export const PLACE_FIELDS = ['schema', 'searchSchema', 'database'] as const;
export type Place = Readonly<Record<(typeof PLACE_FIELDS)[number], string | undefined>>;

/** On a driver whose fields follow the context: the place of its login, which they name without one. */
export const LOGIN_PLACE = Symbol('rowhouse.loginPlace');

/** Where the tables of a tenant are, in a connected driver. */
export function placeOf(driver: PostgresDriver & { [LOGIN_PLACE]?: Place }, tenant: Tenant): Place {
  const pool = poolOf(driver);
  const schema = pool.schemaOf(tenant);
  const { database } = driver[LOGIN_PLACE] ?? driver;
  return { schema, searchSchema: schema, database: isElsewhere(tenant) ? pool.databaseOf(tenant) : database };
}

/** The pool of a connected driver. */
export function poolOf({ master }: PostgresDriver): TenantPool {
  if (!master) throw new TypeError('The data source is not open.');
  return master;
}

/** What the stand-ins of an object have in common. */
const windows = new WeakMap<object, object>();

/**
 * An object that stands for `base`: the methods of its class, the fields of `base` to read, and fields of its own.
 *
 * Nothing is assigned, because an assignment runs the setter that somebody put on `base`, and writes to it. Methods that
 * somebody put on `base` are left out: they may act for whoever is in force there.
 *
 * @param shared - the fields to read from `base`. Default: all that it has.
 */
export function standIn<T extends object>(base: T, own: object, shared?: readonly string[]): T {
  let window = windows.get(base);
  if (!window) {
    window = windowOn(base, shared ?? fieldsOf(base));
    windows.set(base, window);
  }
  return define(Object.create(window), own);
}

function windowOn(base: object, fields: readonly PropertyKey[]): object {
  const window = Object.create(Object.getPrototypeOf(base)) as object;
  for (const field of fields) {
    const get = () => Reflect.get(base, field);
    Object.defineProperty(window, field, { get, configurable: true, enumerable: true });
  }
  return window;
}

function fieldsOf(base: object): readonly PropertyKey[] {
  const ofClass: object = Object.getPrototypeOf(base);
  return Reflect.ownKeys(base).filter((key) => !(key in ofClass));
}

/** Defines fields on an object, as ordinary properties, whatever it inherits. */
export function define<T extends object>(target: T, fields: object): T {
  for (const name of Reflect.ownKeys(fields)) {
    const value: unknown = Reflect.get(fields, name);
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true });
  }
  return target;
}
