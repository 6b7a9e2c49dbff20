import { TenantContext } from '@rowhouse/core';
import { Column } from 'typeorm';
import { declareFilling } from './filled-columns.js';

export interface ActorColumnOptions {
  readonly name?: string;
  readonly comment?: string;
  /**
   * The type of actor whose ids the column holds, and of nobody else: `{ of: 'user', type: 'uuid' }` for a key to a table of users.
   * Left out, the column says of everybody who it was: `user:42`, `operator:ann`.
   */
  readonly of?: string;
  /** PostgreSQL's type, where `of` is given. Default: `text`. */
  readonly type?: 'uuid' | 'text' | 'int' | 'bigint';
}

/**
 * Who has made a row: the actor of the context ({@link TenantContext.actor}), or null where there is none. A value that the row is
 * inserted with stays; it does not change afterwards.
 *
 * ```ts
 * @CreatedBy({ name: 'created_by' }) createdBy!: string | null;
 * ```
 */
export function CreatedBy(options: ActorColumnOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    columnOf(options, false)(prototype, property);
    declareFilling(prototype, property, { onInsert: () => actorAs(options) });
  };
}

/**
 * Who has made or last changed a row, as {@link CreatedBy}: by `save`, `insert`, `update`, `upsert` and query builders, unless they name
 * somebody themselves. Soft deletes, and SQL of the app's own, leave it as it is.
 */
export function UpdatedBy(options: ActorColumnOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    columnOf(options, true)(prototype, property);
    declareFilling(prototype, property, {
      onInsert: () => actorAs(options),
      onUpdate: () => actorAs(options) ?? null,
    });
  };
}

function columnOf({ name, comment, type = 'text' }: ActorColumnOptions, update: boolean): PropertyDecorator {
  return Column({ name, comment, type, nullable: true, update });
}

function actorAs({ of: wanted }: ActorColumnOptions): string | undefined {
  const actor = TenantContext.actor();
  if (!actor) return undefined;
  if (wanted === undefined) return `${actor.type}:${actor.id}`;
  return actor.type === wanted ? actor.id : undefined;
}
