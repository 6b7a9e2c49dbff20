/** @suite citus */
import { parseTenantSlug, type Tenant, TenantContext } from '@rowhouse/core';
import fc from 'fast-check';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import { createCitusDatabase } from '../support/citus-database.js';
import { checkSeeded } from '../support/seeded-property.js';

const NOTES = migration('Notes1700000000001', [
  'create table books (id serial primary key, title text not null)',
  'create table notes (id serial primary key, book_id int constraint notes_book_fk references books (id), body text not null)',
]);

const SLUGS = ['acme', 'globex', 'hooli', 'initech', 'umbrella', 'wayne'] as const;

let deployment: Deployment;
let tenants: readonly Tenant[];

beforeAll(async () => {
  deployment = await openDeployment({ migrations: [NOTES], database: await createCitusDatabase() });
  const fleet = await deployment.fleet();
  for (const slug of SLUGS) await fleet.tenants.create({ slug });
  const { tenants: all } = await deployment.store.list({ limit: 100 });
  tenants = SLUGS.map((slug) => all.find((one) => one.slug === parseTenantSlug(slug)) as Tenant);
});

afterAll(() => deployment?.close());

/** The titles of a tenant, as they should be. */
type Model = string[];

interface Act {
  readonly what: 'add' | 'rename' | 'remove' | 'read' | 'join' | 'give up';
  readonly word: string;
}

const anyAct: fc.Arbitrary<Act> = fc.record({
  what: fc.constantFrom('add', 'rename', 'remove', 'read', 'join', 'give up'),
  word: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 }),
});

/** Does the same in the database and in the model. Every text of a tenant begins with its slug. */
async function act({ what, word }: Act, tenant: Tenant, model: Model): Promise<void> {
  const text = `${tenant.slug} ${word}`;
  const manager = deployment.registry.for(tenant).manager;
  switch (what) {
    case 'add':
      await manager.transaction(async (transaction) => {
        const [{ id }] = await transaction.query('insert into books (title) values ($1) returning id', [
          text,
        ]);
        await transaction.query('insert into notes (book_id, body) values ($1, $2)', [id, text]);
      });
      model.push(text);
      return;
    case 'rename':
      await manager.query('update books set title = $1', [text]);
      model.fill(text);
      return;
    case 'remove':
      await manager.query('delete from notes');
      await manager.query('delete from books');
      model.length = 0;
      return;
    case 'read': {
      const rows: { title: string }[] = await manager.query('select title from books order by id');
      expect(rows.map(({ title }) => title)).toEqual(model);
      return;
    }
    case 'join': {
      const rows: { title: string; body: string }[] = await manager.query(
        'select b.title, n.body from books b join notes n on n.book_id = b.id',
      );
      expect(rows.length).toBe(model.length);
      for (const { title, body } of rows)
        expect([title, body].every((each) => each.startsWith(tenant.slug))).toBe(true);
      return;
    }
    default:
      await expect(
        manager.transaction(async (transaction) => {
          await transaction.query('insert into books (title) values ($1)', [text]);
          await transaction.query('delete from notes');
          throw new Error('given up');
        }),
      ).rejects.toThrow('given up');
  }
}

it('tenants on several workers, on four connections, never see or write what is another’s', async () => {
  const lanes = fc.array(fc.array(anyAct, { maxLength: 6 }), {
    minLength: SLUGS.length,
    maxLength: SLUGS.length,
  });
  const models: Model[] = SLUGS.map(() => []);
  const property = fc.asyncProperty(lanes, async (all) => {
    const ends = await Promise.allSettled(
      tenants.map((tenant, i) =>
        TenantContext.run(tenant, async () => {
          // What an earlier run has left.
          await act({ what: 'remove', word: 'a' }, tenant, models[i] as Model);
          for (const each of all[i] ?? []) await act(each, tenant, models[i] as Model);
          await act({ what: 'read', word: 'a' }, tenant, models[i] as Model);
        }),
      ),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  });
  await checkSeeded(property, { name: 'isolation on Citus', runs: 12 });
}, 120_000);

it('has tenants on each worker', async () => {
  const { rows } = await deployment.pool.query(
    'select count(distinct nodeport)::int as workers from citus_shards',
  );
  expect(rows).toEqual([{ workers: 2 }]);
});
