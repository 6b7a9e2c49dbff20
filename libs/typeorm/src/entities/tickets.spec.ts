/** @suite typeorm03 postgres15 */
import { randomUUID } from 'node:crypto';
import { type Actor, TenantContext } from '@rowhouse/core';
import { ISOLATIONS, openThreeHomes, type ThreeHomes } from './three-homes.fixture.js';
import { Comment, entities, Ticket } from './tickets.fixture.js';

let homes: ThreeHomes;

beforeAll(async () => {
  homes = await openThreeHomes({ entities });
}, 60_000);

afterAll(() => homes.close());

const ann: Actor = { type: 'user', id: '0190163d-8694-739b-aea5-966c26f8ad91' };
const bob: Actor = { type: 'user', id: '0190163d-8694-739b-aea5-966c26f8ad92' };
const cron: Actor = { type: 'service', id: 'cron' };
const byAnn = `user:${ann.id}`;
const byBob = `user:${bob.id}`;
const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7/;

const tickets = () => homes.ambient.getRepository(Ticket);
let number = 0;
const next = () => {
  number += 1;
  return number;
};

it('the columns are found as they were made: a schema comparison has nothing to do', async () => {
  for (const tenant of [homes.tenants.schema, homes.tenants.database]) {
    const { upQueries } = await homes.registry.for(tenant).driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  }
});

describe.each(ISOLATIONS)('a tenant with isolation %s', (isolation) => {
  const by = <T>(actor: Actor | undefined, work: () => Promise<T>) =>
    TenantContext.run(homes.tenants[isolation], work, { actor });
  const stored = (id: string) => by(undefined, () => tickets().findOneByOrFail({ id }));

  describe('a key of UUIDs of version 7', () => {
    it('is made by the app, in the order of creation, also for what cascades', () =>
      by(undefined, async () => {
        const many = await tickets().save(
          Array.from({ length: 5 }, () =>
            tickets().create({ number: next(), comments: [{ text: 'a' }, { text: 'b' }] }),
          ),
        );
        const ids = many.map(({ id }) => id);
        expect(ids).toEqual([...ids].sort());
        const [{ all }] = await homes.ambient.query(
          `select array_agg(c.id::text) as all from comments c join tickets t on t.id = c."ticketId" where t.id = any($1)`,
          [ids],
        );
        const comments = many.flatMap((ticket) => ticket.comments.map(({ id }) => id));
        expect([...all].sort()).toEqual([...comments].sort());
        for (const id of [...ids, ...comments]) expect(id).toMatch(VERSION_7);
      }));

    it('may be given, and is made by PostgreSQL for SQL that names none', () =>
      by(undefined, async () => {
        const id = randomUUID();
        await tickets().save({ id, number: next() });
        expect(await tickets().existsBy({ id })).toBe(true);
        const [row] = await homes.ambient.query(`insert into tickets (number) values ($1) returning id`, [
          next(),
        ]);
        expect(row.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
      }));

    it('is what the row has, where an upsert finds one or an insert is ignored', () =>
      by(undefined, async () => {
        const first = await tickets().save({ number: next(), text: 'first' });
        const again = { number: first.number, text: 'second' };
        const { identifiers } = await tickets().upsert(again, ['number']);
        expect(identifiers).toEqual([{ id: first.id }]);
        const ignored: Partial<Ticket> = { number: first.number };
        await tickets().createQueryBuilder().insert().values(ignored).orIgnore().execute();
        expect(ignored.id).toBeUndefined();
        expect(await stored(first.id)).toMatchObject({ text: 'second' });
      }));
  });

  describe('who made and changed a row', () => {
    it('is known after save, by entity and plain object', async () => {
      for (const make of [(row: Partial<Ticket>) => tickets().create(row), (row: Partial<Ticket>) => row]) {
        const ticket = await by(ann, () =>
          tickets().save(make({ number: next(), comments: [{ text: 'a' } as Comment] })),
        );
        const made = { createdBy: byAnn, updatedBy: byAnn };
        expect(ticket).toMatchObject({ ...made, users: { creator: ann.id, editor: ann.id } });
        expect(ticket.comments).toMatchObject([made]);
        expect(await stored(ticket.id)).toMatchObject({
          ...made,
          users: { creator: ann.id, editor: ann.id },
        });

        const changed = await by(bob, () => tickets().save({ ...ticket, text: 'new' }));
        expect(changed).toMatchObject({ createdBy: byAnn, updatedBy: byBob });
        expect(await stored(ticket.id)).toMatchObject({
          createdBy: byAnn,
          updatedBy: byBob,
          users: { creator: ann.id, editor: bob.id },
        });
      }
    });

    it('stays where nothing changed', async () => {
      const ticket = await by(ann, () => tickets().save(tickets().create({ number: next() })));
      await by(bob, () => tickets().save(ticket));
      expect(await stored(ticket.id)).toMatchObject({ updatedBy: byAnn });
    });

    it.each<[string, (ticket: Ticket) => Promise<unknown>]>([
      ['update', ({ id }) => tickets().update({ id }, { text: 'new' })],
      ['increment', ({ id }) => tickets().increment({ id }, 'number', 1_000_000)],
      [
        'save without listeners',
        (ticket) => tickets().save({ ...ticket, text: 'new' }, { listeners: false }),
      ],
      ['save without reload', (ticket) => tickets().save({ ...ticket, text: 'new' }, { reload: false })],
      [
        'a query builder',
        ({ id }) => tickets().createQueryBuilder().update().set({ text: 'new' }).where({ id }).execute(),
      ],
      [
        'a query builder without listeners',
        ({ id }) =>
          tickets()
            .createQueryBuilder()
            .update()
            .set({ text: 'new' })
            .where({ id })
            .callListeners(false)
            .execute(),
      ],
      ['upsert', ({ number }) => tickets().upsert({ number, text: 'new' }, ['number'])],
      [
        'upsert of what differs',
        ({ number }) =>
          tickets().upsert(
            { number, text: 'new' },
            { conflictPaths: ['number'], skipUpdateIfNoValuesChanged: true },
          ),
      ],
    ])('is written by %s', async (_way, change) => {
      const ticket = await by(ann, () => tickets().save(tickets().create({ number: next() })));
      await by(bob, () => change(ticket));
      expect(await stored(ticket.id)).toMatchObject({
        createdBy: byAnn,
        updatedBy: byBob,
        users: { creator: ann.id, editor: bob.id },
      });
      await by(cron, () => change(ticket));
      expect((await stored(ticket.id)).createdBy).toBe(byAnn);
    });

    it('is known after insert and by inserting query builders', async () => {
      const rows = [{ number: next() }, { number: next() }];
      await by(ann, () => tickets().insert(rows));
      expect(rows).toMatchObject([{ createdBy: byAnn }, { updatedBy: byAnn }]);
      const own = { number: next(), createdBy: 'import:2024' };
      await by(ann, () => tickets().createQueryBuilder().insert().values(own).execute());
      const { id } = own as unknown as Ticket;
      expect(await stored(id)).toMatchObject({ createdBy: 'import:2024', updatedBy: byAnn });
    });

    it('changes nothing where an upsert finds that nothing differs', async () => {
      const ticket = await by(ann, () => tickets().save(tickets().create({ number: next(), text: 'same' })));
      const options = { conflictPaths: ['number'], skipUpdateIfNoValuesChanged: true };
      await by(bob, () => tickets().upsert({ number: ticket.number, text: 'same' }, options));
      expect(await stored(ticket.id)).toMatchObject({ updatedBy: byAnn });
    });

    it('is nobody, where the context names nobody', async () => {
      const ticket = await by(ann, () => tickets().save(tickets().create({ number: next() })));
      await by(undefined, () => tickets().update(ticket.id, { text: 'new' }));
      expect(await stored(ticket.id)).toMatchObject({
        createdBy: byAnn,
        updatedBy: null,
        users: { editor: null },
      });
      const nobodys = await by(undefined, () => tickets().save({ number: next() }));
      expect(nobodys).toMatchObject({ createdBy: null, updatedBy: null });
    });

    it('is nobody of the users, where it is no user', async () => {
      const ticket = await by(cron, () => tickets().save(tickets().create({ number: next() })));
      expect(ticket).toMatchObject({ createdBy: 'service:cron', users: { creator: null, editor: null } });
    });

    it('does not change with an object that says otherwise', async () => {
      const ticket = await by(ann, () => tickets().save(tickets().create({ number: next() })));
      await by(bob, () => tickets().save({ ...ticket, createdBy: byBob, text: 'new' }));
      await by(bob, () => tickets().update(ticket.id, { createdBy: byBob, updatedBy: 'import:2024' }));
      expect(await stored(ticket.id)).toMatchObject({ createdBy: byAnn, updatedBy: 'import:2024' });
    });
  });
});
