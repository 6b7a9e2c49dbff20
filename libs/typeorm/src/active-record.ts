import { IsolationViolationError } from '@rowhouse/core';
import {
  BaseEntity,
  type DataSource,
  type EntityMetadata,
  type EntitySubscriberInterface,
  type InsertEvent,
  type ObjectLiteral,
  type QueryRunner,
  type UpdateEvent,
} from 'typeorm';
import { define } from './driver-parts.js';
import { keyOfScope, scopeInForce, scopeOfDataSource } from './query-runners.js';

// An object of a class that extends BaseEntity knows its class's data source, which acts for the tenant of the context, and not
// where the object itself came from. So it is noted whose each object is, and its methods ask.

/** Whose an object is: the key of a scope. */
const owners = new WeakMap<object, string>();

/** The methods by which an object writes itself, or reads itself anew. */
const METHODS = ['save', 'remove', 'softRemove', 'recover', 'reload'] as const;

type Method = (this: BaseEntity, ...args: unknown[]) => Promise<unknown>;

/**
 * Makes each object of a class that extends `BaseEntity` keep the tenant that it was loaded or saved for: used in the context of
 * another tenant, or of the system, it refuses to save, remove or reload itself.
 */
export function keepOwners(dataSource: DataSource): void {
  guardMethods();
  if (dataSource.isInitialized) {
    noteOwners(dataSource);
    return;
  }
  const { buildMetadatas } = dataSource as unknown as { buildMetadatas(): Promise<void> };
  Object.defineProperty(dataSource, 'buildMetadatas', {
    async value(this: DataSource) {
      await buildMetadatas.call(this);
      noteOwners(this);
    },
    configurable: true,
    writable: true,
  });
}

function noteOwners(dataSource: DataSource): void {
  const records = dataSource.entityMetadatas.filter(({ target }) => isActiveRecord(target));
  if (records.length === 0) return;
  for (const metadata of records) noteLoads(metadata);
  dataSource.subscribers.push(new NoteWrites());
}

function isActiveRecord(target: unknown): boolean {
  return typeof target === 'function' && target.prototype instanceof BaseEntity;
}

let isGuarded = false;

/** Once for all data sources: objects of others are nobody's, and nothing changes for them. */
function guardMethods(): void {
  if (isGuarded) return;
  isGuarded = true;
  const prototype = BaseEntity.prototype as unknown as Record<(typeof METHODS)[number], Method>;
  for (const name of METHODS) {
    const method = prototype[name];
    Object.defineProperty(prototype, name, {
      async value(this: BaseEntity, ...args: unknown[]) {
        const key = requireOwner(this, name);
        const result = await method.apply(this, args);
        noteOwner(this, key);
        return result;
      },
      configurable: true,
      writable: true,
    });
  }
}

/** @returns whom the method acts for; `undefined` when it will be refused for want of a context. */
function requireOwner(object: BaseEntity, method: string): string | undefined {
  const { dataSource } = object.constructor as unknown as { dataSource?: DataSource };
  const scope = scopeOfDataSource(dataSource) ?? scopeInForce();
  const key = scope && keyOfScope(scope);
  const owner = owners.get(object);
  if (owner !== undefined && key !== undefined && owner !== key) {
    throw new IsolationViolationError(
      `${object.constructor.name}.${method}(): the object was loaded or saved for one tenant (or the system), and another one is in ` +
        'force. Call it inside TenantContext.run(tenant, fn) of its own tenant. To write a copy for the other tenant, use a ' +
        'repository: registry.for(tenant).getRepository(…).save({ … }).',
    );
  }
  return key;
}

function noteOwner(object: object, key: string | undefined): void {
  if (key !== undefined) owners.set(object, key);
}

/**
 * The object whose columns are being filled. TypeORM makes the objects of a result and fills them without a pause, and only the
 * driver that fills the columns knows which data source was asked.
 */
let beingLoaded: object | undefined;

function noteLoads(metadata: EntityMetadata): void {
  const { create } = metadata;
  define(metadata, {
    create(
      this: EntityMetadata,
      queryRunner?: QueryRunner,
      options?: { fromDeserializer?: boolean; pojo?: boolean },
    ) {
      const object: ObjectLiteral = create.call(this, queryRunner, options);
      // `create()` of a repository makes objects too, and says nothing of `pojo`. They are nobody's until they are saved.
      if (!options || !('pojo' in options) || options.pojo) return object;
      const scope = scopeInForce(queryRunner);
      noteOwner(object, scope && keyOfScope(scope));
      if (!queryRunner) awaitDriver(object);
      return object;
    },
  });
}

function awaitDriver(object: object): void {
  if (!beingLoaded) {
    queueMicrotask(() => {
      beingLoaded = undefined;
    });
  }
  beingLoaded = object;
}

/** Called by the driver of one tenant's data source when it reads a column. */
export function noteColumnRead(key: string): void {
  if (beingLoaded) noteOwner(beingLoaded, key);
}

/** Notes whose an object is when TypeORM has written it, by whatever way. */
class NoteWrites implements EntitySubscriberInterface<BaseEntity> {
  listenTo(): typeof BaseEntity {
    return BaseEntity;
  }

  afterInsert({ entity, queryRunner }: InsertEvent<BaseEntity>): void {
    this.#note(entity, queryRunner);
  }

  afterUpdate({ entity, queryRunner }: UpdateEvent<BaseEntity>): void {
    this.#note(entity, queryRunner);
  }

  #note(entity: object | undefined, queryRunner: QueryRunner): void {
    const scope = scopeInForce(queryRunner);
    if (entity instanceof BaseEntity) noteOwner(entity, scope && keyOfScope(scope));
  }
}
