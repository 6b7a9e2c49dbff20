import { deepStrictEqual } from 'node:assert/strict';
import { TenantContext } from '@rowhouse/core';
import { rolesOf } from '@rowhouse/core/internal';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { Author, Book, Review } from '../support/shop.js';
import { Counter } from './counter.js';
import { counterKeyOf } from './fleet.js';
import { expectOwn } from './marks.js';
import type { BookRow, TenantModel } from './tenant-model.js';

/** One operation through an entity manager, inside or outside a transaction. */
export type Step =
  | { readonly step: 'read'; readonly how: 'find' | 'query strategy' | 'join' | 'paged' }
  | { readonly step: 'followRelations'; readonly pick: number }
  | { readonly step: 'loadRelation'; readonly pick: number }
  | { readonly step: 'aggregate' }
  | { readonly step: 'askWho' }
  | { readonly step: 'addAuthor' }
  | { readonly step: 'addBook'; readonly pick: number; readonly reviews: number; readonly kind: string }
  | { readonly step: 'rename'; readonly pick: number; readonly how: 'save' | 'update' | 'builder' }
  | { readonly step: 'remove'; readonly pick: number; readonly how: 'delete' | 'remove' }
  | { readonly step: 'upsert'; readonly key: string; readonly value: number }
  | { readonly step: 'bump'; readonly key: string }
  | { readonly step: 'drawTicket' };

type StepOf<S extends Step['step']> = Extract<Step, { step: S }>;

export const counterKey = fc.constantFrom('visits', 'sales', 'returns');
const pick = fc.nat(9);

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    step: fc.constant('read' as const),
    how: fc.constantFrom('find' as const, 'query strategy' as const, 'join' as const, 'paged' as const),
  }),
  fc.record({ step: fc.constant('followRelations' as const), pick }),
  fc.record({ step: fc.constant('loadRelation' as const), pick }),
  fc.constant({ step: 'aggregate' as const }),
  fc.constant({ step: 'askWho' as const }),
  fc.constant({ step: 'addAuthor' as const }),
  fc.record({
    step: fc.constant('addBook' as const),
    pick,
    reviews: fc.nat(2),
    kind: fc.constantFrom('paper', 'audio'),
  }),
  fc.record({
    step: fc.constant('rename' as const),
    pick,
    how: fc.constantFrom('save' as const, 'update' as const, 'builder' as const),
  }),
  fc.record({
    step: fc.constant('remove' as const),
    pick,
    how: fc.constantFrom('delete' as const, 'remove' as const),
  }),
  fc.record({ step: fc.constant('upsert' as const), key: counterKey, value: fc.nat(99) }),
  fc.record({ step: fc.constant('bump' as const), key: counterKey }),
  fc.constant({ step: 'drawTicket' as const }),
);

/** Runs the operation, compares the result with the model, and updates the model. */
export async function performStep(step: Step, manager: EntityManager, model: TenantModel): Promise<void> {
  switch (step.step) {
    case 'read':
      return read(step, manager, model);
    case 'followRelations':
      return followRelations(step, manager, model);
    case 'loadRelation':
      return loadRelation(step, manager, model);
    case 'aggregate':
      return aggregate(manager, model);
    case 'askWho':
      return askWho((text) => manager.query(text), model);
    case 'addAuthor':
      return addAuthor(manager, model);
    case 'addBook':
      return addBook(step, manager, model);
    case 'rename':
      return rename(step, manager, model);
    case 'remove':
      return remove(step, manager, model);
    case 'upsert':
      return upsert(step, manager, model);
    case 'bump':
      return bump(step, manager, model);
    case 'drawTicket':
      return drawTicket(manager, model);
  }
}

/** A loaded book in the shape of the model, without its author. */
export function shapeOf({ id, title, kind, reviews }: Book): Omit<BookRow, 'authorId'> {
  const sorted = reviews.map((review) => ({ id: review.id, text: review.text })).sort((a, b) => a.id - b.id);
  return { id, title, kind, reviews: sorted };
}

export function expectedBooks(model: TenantModel): Array<Omit<BookRow, 'authorId'>> {
  return model.rows.books.map(({ authorId: _, ...book }) => book);
}

async function read({ how }: StepOf<'read'>, manager: EntityManager, model: TenantModel): Promise<void> {
  const found = expectOwn(model.member, (await readBooks(how, manager)).map(shapeOf));
  deepStrictEqual(found, expectedBooks(model));
}

function readBooks(how: StepOf<'read'>['how'], manager: EntityManager): Promise<Book[]> {
  const order = { id: 'ASC' } as const;
  switch (how) {
    case 'find':
      return manager.find(Book, { order });
    case 'query strategy':
      return manager.find(Book, { order, relationLoadStrategy: 'query' });
    case 'paged':
      return manager.find(Book, { order, take: 1_000 });
    case 'join':
      return manager
        .createQueryBuilder(Book, 'book')
        .leftJoinAndSelect('book.reviews', 'review')
        .orderBy('book.id')
        .getMany();
  }
}

/** Lazy relations are loaded in the tenant's context, however the entity was loaded. */
async function followRelations(
  { pick }: StepOf<'followRelations'>,
  manager: EntityManager,
  model: TenantModel,
): Promise<void> {
  const expected = model.pickBook(pick);
  if (!expected) return;
  const book = await manager.findOneByOrFail(Book, { id: expected.id });
  const author = await TenantContext.run(model.member.tenant, () => book.author);
  deepStrictEqual({ ...author }, authorOf(model, expected));
  const others = await TenantContext.run(model.member.tenant, () => author.books);
  const ids = model.rows.books.filter(({ authorId }) => authorId === author.id).map(({ id }) => id);
  deepStrictEqual(others.map(({ id }) => id).sort(ascending), ids);
  expectOwn(model.member, others.map(shapeOf));
}

function authorOf(model: TenantModel, { authorId }: BookRow) {
  return model.rows.authors.find(({ id }) => id === authorId);
}

async function loadRelation(
  { pick }: StepOf<'loadRelation'>,
  manager: EntityManager,
  model: TenantModel,
): Promise<void> {
  const expected = model.pickBook(pick);
  if (!expected) return;
  const reviews = await manager
    .createQueryBuilder()
    .relation(Book, 'reviews')
    .of(expected.id)
    .loadMany<Review>();
  deepStrictEqual(
    reviews.map(({ id, text }) => ({ id, text })).sort((a, b) => a.id - b.id),
    expected.reviews,
  );
  const ids = await manager
    .createQueryBuilder(Book, 'book')
    .loadAllRelationIds()
    .where({ id: expected.id })
    .getOneOrFail();
  // TypeORM wraps the id of a lazy relation as it would the entity.
  deepStrictEqual(await (ids.author as Promise<unknown>), expected.authorId);
}

async function aggregate(manager: EntityManager, model: TenantModel): Promise<void> {
  deepStrictEqual(await manager.countBy(Book, { kind: 'audio' }), countAudio(model));
  deepStrictEqual(await manager.maximum(Book, 'id'), model.rows.books.at(-1)?.id ?? null);
  const [{ titles }] = await manager.query<[{ titles: string[] | null }]>(
    'select array_agg(title order by id) as titles from books',
  );
  deepStrictEqual(
    expectOwn(model.member, titles) ?? [],
    model.rows.books.map(({ title }) => title),
  );
}

function countAudio(model: TenantModel): number {
  return model.rows.books.filter(({ kind }) => kind === 'audio').length;
}

const roles = rolesOf('rowhouse');

/** The pin of the connection, as the server reports it. */
export async function askWho(
  query: (text: string) => Promise<unknown>,
  { member: { tenant } }: TenantModel,
): Promise<void> {
  const rows = await query(
    "select current_user as role, current_schema() as schema, current_setting('rowhouse.tenant_id') as id, 'books'::regclass::oid = to_regclass(current_schema() || '.books')::oid as own",
  );
  const role = tenant.isolation === 'row' ? roles.row : roles.ofTenant(tenant);
  const schema = tenant.isolation === 'schema' ? tenant.schema : 'public';
  deepStrictEqual(rows, [{ role, schema, id: tenant.id, own: true }]);
}

async function addAuthor(manager: EntityManager, model: TenantModel): Promise<void> {
  const name = model.nextText('author');
  const { id } = await manager.save(Author, { name });
  model.rows.authors.push({ id: model.accept('authors', id), name });
}

async function addBook(
  { pick, reviews, kind }: StepOf<'addBook'>,
  manager: EntityManager,
  model: TenantModel,
): Promise<void> {
  const title = model.nextText('book');
  const texts = Array.from({ length: reviews }, () => model.nextText('review'));
  const authorId = model.pickAuthor(pick).id;
  const book = manager.create(Book, { title, kind, reviews: texts.map((text) => ({ text })) });
  book.author = Promise.resolve(manager.create(Author, { id: authorId }));
  await manager.save(book);
  const saved = book.reviews.map(({ id, text }) => ({ id, text })).sort((a, b) => a.id - b.id);
  for (const review of saved) model.accept('reviews', review.id);
  deepStrictEqual(saved.map(({ text }) => text).sort(), texts.sort());
  model.rows.books.push({ id: model.accept('books', book.id), title, kind, authorId, reviews: saved });
}

async function rename(
  { pick, how }: StepOf<'rename'>,
  manager: EntityManager,
  model: TenantModel,
): Promise<void> {
  const book = model.pickBook(pick);
  if (!book) return;
  const { id } = book;
  const title = model.nextText('renamed');
  if (how === 'save') {
    const loaded = await manager.findOneByOrFail(Book, { id });
    deepStrictEqual(loaded.title, book.title);
    await manager.save(Object.assign(loaded, { title }));
  } else if (how === 'update') {
    deepStrictEqual((await manager.update(Book, id, { title })).affected, 1);
  } else {
    // Without a condition, so that it changes all rows it can reach.
    const { affected } = await manager.createQueryBuilder().update(Book).set({ title }).execute();
    deepStrictEqual(affected, model.rows.books.length);
    for (const row of model.rows.books) row.title = title;
  }
  book.title = title;
}

async function remove(
  { pick, how }: StepOf<'remove'>,
  manager: EntityManager,
  model: TenantModel,
): Promise<void> {
  const book = model.pickBook(pick);
  if (!book) return;
  if (how === 'delete') deepStrictEqual((await manager.delete(Book, book.id)).affected, 1);
  else await manager.remove(await manager.findOneByOrFail(Book, { id: book.id }));
  model.rows.books = model.rows.books.filter((row) => row !== book);
}

async function upsert(
  { key: name, value }: StepOf<'upsert'>,
  manager: EntityManager,
  model: TenantModel,
): Promise<void> {
  const key = counterKeyOf(model.member, name);
  const row = { key, value, text: model.nextText(name) };
  await manager.upsert(Counter, row, ['key']);
  deepStrictEqual({ ...(await manager.findOneByOrFail(Counter, { key })) }, row);
  model.setCounter(row);
}

async function bump(
  { key: name }: StepOf<'bump'>,
  manager: EntityManager,
  model: TenantModel,
): Promise<void> {
  const key = counterKeyOf(model.member, name);
  const text = model.nextText(name);
  const found = await manager.query<Array<{ value: number }>>(
    `insert into counters values ($1, 1, $2)
     on conflict (key) do update set value = counters.value + 1, text = excluded.text returning value`,
    [key, text],
  );
  const value = 1 + (model.rows.counters.find((counter) => counter.key === key)?.value ?? 0);
  deepStrictEqual(found, [{ value }]);
  model.setCounter({ key, value, text });
}

async function drawTicket(manager: EntityManager, model: TenantModel): Promise<void> {
  const [{ ticket }] = await manager.query<[{ ticket: number }]>('select next_ticket() as ticket');
  model.tickets += 1;
  deepStrictEqual(ticket, model.tickets, `${model.member.mark} drew a ticket`);
}

function ascending(a: number, b: number): number {
  return a - b;
}
