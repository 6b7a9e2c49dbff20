import { OptionsInvalidError, type TenantQuotas, tenantLock } from '@rowhouse/core';
import type { EntityManager, EntityTarget, FindOptionsWhere, ObjectLiteral } from 'typeorm';

/** Quotas of rows, which are counted where they are added. */
export class RowQuotas {
  readonly #quotas: TenantQuotas;

  constructor(quotas: TenantQuotas) {
    this.#quotas = quotas;
  }

  /**
   * Lets the tenant in force have more rows of an entity. Until the transaction ends nobody else gets room in the same quota, so of two
   * at once one takes the last place. Two statements: a lock and a count; none where there is no limit.
   *
   *     await dataSource.transaction(async (manager) => {
   *       await rowQuotas.requireRoom('projects', manager, Project);
   *       await manager.save(Project, { name });
   *     });
   *
   * Needs `pool.guard.allowAdvisoryLocks`.
   *
   * @param manager - of the transaction that adds the rows.
   * @param options.where - counts these rows only. Rows that are softly deleted do not count.
   * @param options.adding - how many are added. Default 1.
   * @throws {QuotaExceededError} when it would have more than it may.
   * @throws {OptionsInvalidError} when the manager is of no transaction: the lock would be gone before the rows are there.
   */
  async requireRoom<Entity extends ObjectLiteral>(
    quota: string,
    manager: EntityManager,
    entity: EntityTarget<Entity>,
    options: { readonly where?: FindOptionsWhere<Entity>; readonly adding?: number } = {},
  ): Promise<void> {
    const { where, adding = 1 } = options;
    if (this.#quotas.limitOf(quota) === Number.POSITIVE_INFINITY) return;
    if (!manager.queryRunner?.isTransactionActive)
      throw new OptionsInvalidError('RowQuotas.requireRoom', [
        {
          field: 'manager',
          expected: 'expected that of a transaction, as `dataSource.transaction` hands it out',
        },
      ]);
    const { text, values } = tenantLock(`rowhouse:quota:${quota}`);
    await manager.query(text, [...values]);
    this.#quotas.requireRoom(quota, await manager.count(entity, where && { where }), adding);
  }
}
