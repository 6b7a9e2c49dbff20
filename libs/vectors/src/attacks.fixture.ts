import { type Tenant, TenantContext } from '@rowhouse/core';
import { OperatorEntry } from '@rowhouse/core/internal';
import type { VectorFilter } from './records/filter.js';
import type { NewVectorRecord } from './records/vector-record.js';
import type { TenantCollection } from './tenant-collection.js';
import { TenantVectors } from './tenant-vectors.js';
import type { VectorStore } from './vector-store.js';

/** Who attacks whom. */
export interface Field {
  readonly store: VectorStore;
  readonly attacker: Tenant;
  readonly victim: Tenant;
}

interface Attack extends Field {
  readonly vectors: TenantVectors;
  /** Of the name that the victim has, too. */
  readonly memory: TenantCollection;
}

const SECRET = 'the secret of the victim';
/** Longer than a name in Chroma may be, so that it is cut. */
const LONG = `memory-${'x'.repeat(40)}`;

const records = (mark: string): NewVectorRecord[] => [
  { id: 'a', embedding: [1, 0], document: mark, metadata: { kind: 'note', year: 2024 } },
  { id: 'b', embedding: [0, 1], document: mark, metadata: { kind: 'mail' } },
];

const asFilter = (filter: unknown) => filter as VectorFilter;
const query = ({ memory }: Attack, where: unknown) =>
  memory.query({ embedding: [1, 0], limit: 100, where: asFilter(where) });
const named = (name: unknown) => (attack: Attack) =>
  attack.vectors.collection(name as string).get() as Promise<unknown>;

/** What must be refused, with the code. */
const REFUSED: readonly [string, string, (attack: Attack) => unknown][] = [
  ['a name with a path', 'VECTORS_INVALID', named('../memory')],
  ['a name that is quoted', 'VECTORS_INVALID', named('memory"; drop table vector_records; --')],
  ['a name with a NUL', 'VECTORS_INVALID', named('memory\0')],
  ['a name that looks like another', 'VECTORS_INVALID', named('mеmory')],
  ['a name in capitals', 'VECTORS_INVALID', named('MEMORY')],
  ['a name with a dot, as cut ones have', 'VECTORS_INVALID', named('memory-xxx.0123456789ab')],
  ['a name that is too long', 'VECTORS_INVALID', named('m'.repeat(64))],
  ['a name that ends in a line', 'VECTORS_INVALID', named('memory\n')],
  ['a name that is an object', 'VECTORS_INVALID', named({ toString: () => 'memory' })],
  [
    "an operator of Chroma's",
    'VECTORS_INVALID',
    (a) => query(a, { $or: [{ kind: 'note' }, { kind: 'mail' }] }),
  ],
  ["an operator of Chroma's on a field", 'VECTORS_INVALID', (a) => query(a, { kind: { $ne: 'x' } })],
  ['an operator as a value', 'VECTORS_INVALID', (a) => query(a, { kind: { eq: { $gt: '' } } })],
  ["the owner's mark in a filter", 'VECTORS_INVALID', (a) => query(a, { rowhouse_tenant: a.victim.id })],
  ["the owner's mark in other letters", 'VECTORS_INVALID', (a) => query(a, { ROWHOUSE_tenant: { ne: '' } })],
  ['SQL as the name of a field', 'VECTORS_INVALID', (a) => query(a, { "kind' or true --": 'x' })],
  ['a prototype', 'VECTORS_INVALID', (a) => query(a, JSON.parse('{"__proto__":{"eq":1}}'))],
  ['an empty or', 'VECTORS_INVALID', (a) => query(a, { or: [] })],
  ['an or beside fields', 'VECTORS_INVALID', (a) => query(a, { kind: 'note', or: [{ kind: 'mail' }] })],
  ['an or that is no list', 'VECTORS_INVALID', (a) => query(a, { or: { kind: 'note' } })],
  ['a filter of endless depth', 'VECTORS_INVALID', (a) => query(a, nested(5_000))],
  [
    'a filter of endless breadth',
    'VECTORS_INVALID',
    (a) => query(a, { or: Array(5_000).fill({ kind: 'x' }) }),
  ],
  ['a range of texts', 'VECTORS_INVALID', (a) => query(a, { kind: { gt: "' or true --" } })],
  ['an infinite range', 'VECTORS_INVALID', (a) => query(a, { year: { lt: Number.POSITIVE_INFINITY } })],
  ['a filter that is a text', 'VECTORS_INVALID', (a) => query(a, 'true')],
  ['SQL as a limit', 'VECTORS_INVALID', (a) => a.memory.get({ limit: '1; select 1' as never })],
  ['a limit of everything', 'VECTORS_INVALID', (a) => a.memory.get({ limit: 1e9 })],
  ['SQL as a cursor', 'VECTORS_INVALID', (a) => a.memory.get({ after: "' or true --" })],
  ['a cursor that is an object', 'VECTORS_INVALID', (a) => a.memory.get({ after: cursor({ $gt: '' }) })],
  ['a negative cursor', 'VECTORS_INVALID', (a) => a.memory.get({ after: cursor(-1) })],
  ['ids that are objects', 'VECTORS_INVALID', (a) => a.memory.get({ ids: [{ $ne: '' }] as never })],
  ['options of its own', 'VECTORS_INVALID', (a) => a.memory.get({ tenant: a.victim.id } as never)],
  ['a deletion of everything', 'VECTORS_INVALID', (a) => a.memory.delete({})],
  ['a deletion by an operator', 'VECTORS_INVALID', (a) => a.memory.delete({ where: asFilter({ $or: [] }) })],
  [
    "the owner's mark as metadata",
    'VECTORS_INVALID',
    (a) => put(a, { metadata: { rowhouse_tenant: a.victim.id } }),
  ],
  ['metadata that is an object', 'VECTORS_INVALID', (a) => put(a, { metadata: { kind: { a: 1 } as never } })],
  ['a field that is nobody’s', 'VECTORS_INVALID', (a) => put(a, { tenant_id: a.victim.id } as never)],
  ['an embedding with SQL', 'VECTORS_INVALID', (a) => put(a, { embedding: ["1]'; drop table", 1] as never })],
  ['an embedding that is not a number', 'VECTORS_INVALID', (a) => put(a, { embedding: [Number.NaN, 1] })],
  ['an embedding of other dimensions', 'VECTORS_INVALID', (a) => put(a, { embedding: [1, 2, 3] })],
  ['an embedding without an angle', 'VECTORS_INVALID', (a) => put(a, { embedding: [0, 0] })],
  ['a text with a NUL', 'VECTORS_INVALID', (a) => put(a, { document: 'a\0b' })],
  ['the same id twice', 'VECTORS_INVALID', (a) => a.memory.upsert([...records('x'), ...records('y')])],
  ['another metric', 'COLLECTION_CONFLICT', (a) => a.vectors.collection('memory', { metric: 'l2' }).get()],
  ['other dimensions', 'COLLECTION_CONFLICT', (a) => a.vectors.collection('memory', { dimensions: 3 }).get()],
];

/** What is allowed, and reaches nothing of the victim's. */
const HARMLESS: readonly [string, (attack: Attack) => unknown][] = [
  ['the ids of the victim', ({ memory }) => memory.get({ ids: ['a', 'b', 'c'] })],
  ['a query for all there is', ({ memory }) => memory.query({ embedding: [1, 0], limit: 1_000 })],
  ['a filter that fits all', (attack) => query(attack, { nothing: { ne: 'x' } })],
  ['a filter on a column', (attack) => query(attack, { tenant_id: attack.victim.id })],
  ['SQL as a value', (attack) => query(attack, { kind: "' or true or '" })],
  ['an operator as a text', (attack) => query(attack, { kind: { in: ['$ne', '{"$ne":1}'] } })],
  ['the ids of the victim, to remove', ({ memory }) => memory.delete({ ids: ['a', 'b'] })],
  ['a filter that fits all, to remove', ({ memory }) => memory.delete({ where: { nothing: { ne: 1 } } })],
  ['the ids of the victim, to replace', ({ memory }) => memory.upsert(records('mine'))],
  [
    'the name in Chroma of the victim',
    ({ vectors, victim }) => probe(vectors, `memory_tenant_${victim.id.replaceAll('-', '')}`),
  ],
  ['a long name that begins as the victim’s', ({ vectors }) => probe(vectors, `${LONG}y`)],
  ['the long name of the victim', ({ vectors }) => vectors.collection(LONG).drop()],
  ['the name of the victim', ({ memory }) => memory.drop()],
  ['all that it has', ({ vectors }) => vectors.purge()],
  ['a listing', ({ vectors }) => vectors.collections()],
];

const cursor = (end: unknown) => Buffer.from(JSON.stringify(end)).toString('base64url');

function nested(depth: number): unknown {
  let filter: unknown = { kind: 'note' };
  for (let i = 0; i < depth; i++) filter = { and: [filter] };
  return filter;
}

function put({ memory }: Attack, fields: Partial<NewVectorRecord>): Promise<void> {
  return memory.upsert([{ id: 'new', embedding: [1, 1], ...fields }]);
}

/** Writes to a collection, reads all of it, and removes it. */
async function probe(vectors: TenantVectors, name: string): Promise<unknown> {
  const collection = vectors.collection(name);
  await collection.upsert([{ id: 'z', embedding: [1, 1] }]);
  const page = await collection.get();
  expect(page.records.map(({ id }) => id)).toEqual(['z']);
  await collection.drop();
  return page;
}

/** An entry of an hour that only reads. */
function entryTo({ id }: Tenant): OperatorEntry {
  const remainingMs = 3_600_000;
  const operator = { type: 'operator', id: 'olga' };
  const expiresAt = new Date(Date.now() + remainingMs);
  const facts = { id, tenantId: id, operator, reason: 'Ticket 4711', readOnly: true, expiresAt };
  return new OperatorEntry(facts, remainingMs);
}

async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of iterable) all.push(each);
  return all;
}

/** A suite of attempts by one tenant to reach another's collections. @param open - called in each test. */
export function describeAttacks(name: string, open: () => Field): void {
  describe(name, () => {
    let attack: Attack;
    const asAttacker = <T>(fn: () => T) => TenantContext.run(attack.attacker, fn);
    const asVictim = <T>(fn: () => T) => TenantContext.run(attack.victim, fn);

    const own = () => [attack.memory, attack.vectors.collection(LONG)];
    const fill = async (mark: string) => {
      for (const collection of own()) await collection.upsert(records(mark));
    };

    beforeAll(async () => {
      const field = open();
      const vectors = new TenantVectors({ store: field.store });
      attack = { ...field, vectors, memory: vectors.collection('memory') };
      await asVictim(() => fill(SECRET));
      await asAttacker(() => fill('mine'));
    });

    /** All that they have is as it was. */
    const expectUntouched = async (mark: string) => {
      for (const collection of own()) {
        const { records: left } = await collection.get();
        expect([...left].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(records(mark));
      }
      expect((await attack.vectors.collections()).map(({ count }) => count)).toEqual([2, 2]);
    };

    it.each(REFUSED)('refuses %s', async (_what, code, attempt) => {
      await expect(asAttacker(async () => await attempt(attack))).rejects.toMatchObject({ code });
    });

    it('has changed nothing by what was refused', async () => {
      await asVictim(() => expectUntouched(SECRET));
      await asAttacker(() => expectUntouched('mine'));
    });

    it.each(HARMLESS)('keeps the victim out of reach of %s', async (_what, attempt) => {
      const got = await asAttacker(() => attempt(attack));
      expect(JSON.stringify(got ?? null)).not.toContain(SECRET);
      await asVictim(() => expectUntouched(SECRET));
      await asAttacker(() => fill('mine'));
    });

    it('refuses every call outside a tenant, and in the system context', async () => {
      const { memory, vectors } = attack;
      const calls: (() => unknown)[] = [
        () => memory.get(),
        () => memory.query({ embedding: [1, 0] }),
        () => memory.count(),
        () => memory.upsert([]),
        () => memory.delete({ ids: ['a'] }),
        () => memory.drop(),
        () => memory.export(),
        () => memory.import([]),
        () => vectors.collections(),
        () => vectors.purge(),
      ];
      for (const call of calls) {
        const outside = async () => await call();
        await expect(outside()).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
        await expect(TenantContext.runAsSystem('look at all', outside)).rejects.toMatchObject({
          code: 'TENANT_CONTEXT_MISSING',
        });
      }
    });

    it('acts for the tenant of the call, whoever has made the object', async () => {
      const kept = asVictim(() => attack.vectors.collection('memory'));
      const { records: seen } = await asAttacker(() => kept.get());
      expect(seen.map(({ document }) => document)).toEqual(['mine', 'mine']);
    });

    it('exports what belongs to the caller, wherever it is iterated', async () => {
      const mine = asAttacker(() => attack.memory.export());
      const exported = await asVictim(() => collect(mine));
      expect(exported.map(({ document }) => document)).toEqual(['mine', 'mine']);
    });

    it('imports for the caller, whatever the context in which the records come', async () => {
      const { memory, vectors } = attack;
      const copies = vectors.collection('copies');
      async function* stolen() {
        yield* await asVictim(async () => (await memory.get()).records);
      }
      expect(await asAttacker(() => copies.import(stolen()))).toBe(2);
      expect(await asVictim(() => copies.count())).toBe(0);
      await asAttacker(() => copies.drop());
    });

    it('lets an operator who may only read write nothing, and one whose entry has ended do nothing', async () => {
      const { memory, victim, vectors } = attack;
      const entry = entryTo(victim);
      const under = (fn: () => unknown) => TenantContext.run(victim, async () => await fn(), { entry });
      expect(await under(() => memory.count())).toBe(2);
      for (const write of [
        () => memory.upsert(records('x')),
        () => memory.delete({ ids: ['a'] }),
        () => memory.drop(),
        () => memory.import(records('x')),
        () => vectors.purge(),
      ])
        await expect(under(write)).rejects.toMatchObject({ code: 'ENTRY_READ_ONLY' });
      entry.end();
      await expect(under(() => memory.count())).rejects.toMatchObject({ code: 'ENTRY_ENDED' });
    });
  });
}
