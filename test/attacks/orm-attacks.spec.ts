/** @suite postgres15 */
import { type GuardOptions, TENANT_ISOLATIONS, TenantContext, type TenantPool } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { type EntitySubscriberInterface, EventSubscriber } from 'typeorm';
import { SharedMemoryCache } from '../support/shared-memory-cache.js';
import { Battlefield } from './battlefield.js';
import { type OrmAttack, type OrmBattle, ormAttacks } from './cases/orm.js';
import { findConfusion, isEqual } from './damage.js';
import { Product } from './entities.js';
import { marksIn } from './marks.js';
import { photograph } from './oracle.js';
import { fieldsOf } from './strike.js';

/** Queries the database at each event of a row, with the manager of the event and with the data source's own. */
@EventSubscriber()
class CuriousSubscriber implements EntitySubscriberInterface<Product> {
  static heard: unknown[] = [];
  listenTo() {
    return Product;
  }
  async afterInsert({
    manager,
    dataSource,
  }: {
    manager: OrmBattle['manager'];
    dataSource: DataSourceRegistry['ambient'];
  }) {
    CuriousSubscriber.heard.push(await manager.find(Product));
    CuriousSubscriber.heard.push(await dataSource.manager.query('select * from products'));
  }
}

let field: Battlefield;

beforeAll(async () => {
  field = await Battlefield.prepare();
});

afterAll(() => field.clear());

describe.each(TENANT_ISOLATIONS)('a tenant with isolation "%s", through TypeORM', (isolation) => {
  describe.each<NonNullable<GuardOptions['mode']>>(['enforce', 'off'])('guard %s', (mode) => {
    let registry: DataSourceRegistry;
    let battle: OrmBattle;

    beforeAll(async () => {
      registry = await field.openRegistry(
        { mode },
        { cache: { provider: () => new SharedMemoryCache() }, subscribers: [CuriousSubscriber], poolSize: 2 },
      );
      const { victim } = field.sides(isolation);
      battle = {
        ...field.battle(isolation, 0),
        registry,
        manager: registry.ambient.manager,
        asVictim: (work) => TenantContext.run(victim.tenant, work),
      };
    });

    async function damageOf(run: OrmAttack['run']): Promise<string[]> {
      const { victim, attacker } = battle;
      const owner = await field.owner(victim.database);
      const before = await photograph(owner, victim, field.login);
      const heard = await TenantContext.run(attacker.tenant, () => run(battle)).catch(fieldsOf);
      const damage = marksIn(JSON.stringify(heard) ?? '')
        .filter((mark) => mark !== attacker.mark)
        .map((mark) => `showed ${mark}`);
      if (!isEqual(await photograph(owner, victim, field.login), before)) damage.push('changed the victim');
      const { master } = registry.ambient.driver as unknown as { master: TenantPool };
      for (const side of [victim, attacker]) damage.push(...(await findConfusion(master, side, battle)));
      return damage;
    }

    it.each(
      ormAttacks
        .filter(({ modes }) => modes?.includes(isolation) ?? true)
        .map((one) => [one.name, one] as const),
    )('is not harmed by %s', async (_name, { run }) => {
      expect(await damageOf(run)).toEqual([]);
    });

    it('is not seen by a subscriber that works for another tenant', async () => {
      CuriousSubscriber.heard = [];
      const damage = await damageOf(async ({ manager }) => {
        const saved = await manager.save(Product, { sku: `heard-${mode}`, secret: 'heard' });
        await manager.delete(Product, saved.id);
        return CuriousSubscriber.heard;
      });
      expect(damage).toEqual([]);
      expect(CuriousSubscriber.heard).toHaveLength(2);
    });
  });
});
