import { PrimaryGeneratedColumn } from 'typeorm';
import { declareFilling } from './filled-columns.js';
import { uuidV7 } from './uuid-v7.js';

export interface UuidV7ColumnOptions {
  readonly name?: string;
  readonly comment?: string;
}

/**
 * A primary key of type uuid whose values are made by the app, as UUIDs of version 7: new rows stand side by side in its index, and
 * the order of keys is that of creation.
 *
 * In the database it is the column of `@PrimaryGeneratedColumn('uuid')`, so that either takes the place of the other without a
 * migration; rows that SQL of the app's own inserts get the random uuid of its default.
 *
 * ```ts
 * @UuidV7PrimaryColumn() id!: string;
 * ```
 */
export function UuidV7PrimaryColumn(options: UuidV7ColumnOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    PrimaryGeneratedColumn('uuid', options)(prototype, property);
    declareFilling(prototype, property, { onInsert: uuidV7 });
  };
}
