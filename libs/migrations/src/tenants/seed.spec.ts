/** @suite postgres15 */
import { TenantEntity, TenantUnique } from '@rowhouse/typeorm';
import { Column, PrimaryGeneratedColumn } from 'typeorm';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';

@TenantEntity('categories')
@TenantUnique('name')
class Category {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

let deployment: Deployment;
beforeAll(async () => {
  deployment = await openDeployment({ entities: [Category] });
});
afterAll(() => deployment.close());

it.each(['schema', 'row', 'database'] as const)(
  'the seed of the documentation fills the tables of a tenant, and may run again, with isolation %s',
  async (isolation) => {
    // As `rowhouse migration generate` writes it, but for the key to the catalog, which a tenant's database has not.
    const generated = await (await deployment.fleet()).generate({ name: 'Categories' });
    const texts =
      generated?.up.map(({ text }) => text).filter((text) => !text.includes('rowhouse.tenants')) ?? [];
    const fleet = await deployment.fleet([migration('Categories1757000000001', texts)], {
      seed: async (manager) => {
        for (let time = 0; time < 2; time += 1)
          await manager.upsert(Category, [{ name: 'General' }], ['name']);
      },
    });
    for (const slug of [`acme-${isolation}`, `globex-${isolation}`]) {
      const tenant = await fleet.tenants.create({ slug, isolation });
      const rows = await deployment.registry.for(tenant).getRepository(Category).find();
      expect(rows.map(({ name }) => name)).toEqual(['General']);
    }
  },
);
