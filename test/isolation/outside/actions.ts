import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { counterKeyOf } from '../fleet.js';
import type { Ledger } from '../http/ledger.js';
import type { Delay, Diary } from '../http/library-app.js';
import { expectOwn } from '../marks.js';
import type { Order } from './orders.js';

/** One way to have work done outside of a request. */
export interface Way {
  /** Sends an order of a tenant, and resolves with the answer; rejects when the work fails. */
  send(slug: string, order: Order): Promise<unknown>;
  /** The same for nobody. */
  sendForNobody(order: Order): Promise<unknown>;
  close(): Promise<void>;
}

export type Action =
  | { readonly do: 'list' | 'author' | 'add' | 'bump' | 'fail' | 'come without a tenant' }
  | { readonly do: 'add both'; readonly fails: 'no' | 'inner' | 'outer' }
  | { readonly do: 'look later'; readonly delay: Delay }
  /** Several at once, by the same client. */
  | { readonly do: 'crowd'; readonly size: number };

const simple = (
  name: 'list' | 'author' | 'add' | 'bump' | 'fail' | 'come without a tenant',
  weight: number,
) => ({
  arbitrary: fc.constant({ do: name }),
  weight,
});

export const anyAction: fc.Arbitrary<Action> = fc.oneof(
  simple('list', 2),
  simple('author', 1),
  simple('add', 4),
  simple('bump', 2),
  simple('fail', 1),
  simple('come without a tenant', 1),
  {
    arbitrary: fc.record({
      do: fc.constant('add both' as const),
      fails: fc.constantFrom('no' as const, 'inner' as const, 'outer' as const),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('look later' as const),
      delay: fc.constantFrom<Delay>('timer', 'immediate', 'microtask', 'emitter'),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({ do: fc.constant('crowd' as const), size: fc.integer({ min: 2, max: 4 }) }),
    weight: 1,
  },
);

export interface WayLane {
  readonly way: Way;
  readonly ledger: Ledger;
  readonly diary: Diary;
}

/** Has the work done, and checks that the answer contains only the tenant's data. */
export async function act(action: Action, lane: WayLane): Promise<void> {
  const { ledger, way } = lane;
  const { member } = ledger;
  const send = async (order: Order) => expectOwn(member, await way.send(member.tenant.slug, order));
  switch (action.do) {
    case 'list':
      return ledger.expectTitles((await send({ do: 'list' })) as string[]);
    case 'author': {
      const author = (await send({ do: 'author', id: member.base + 1 })) as { name: string };
      return strictEqual(author.name, `${member.mark} author`);
    }
    case 'add':
      return add(lane);
    case 'crowd':
      return void (await Promise.all(Array.from({ length: action.size }, () => add(lane))));
    case 'add both':
      return addBoth(action.fails, lane);
    case 'bump': {
      const order = {
        do: 'bump',
        key: counterKeyOf(member, 'visits'),
        text: ledger.nextText('visits'),
      } as const;
      const bumped = await send(order);
      ledger.bumps += 1;
      return deepStrictEqual(bumped, { value: 1 + ledger.bumps, ticket: member.base + 2 + ledger.bumps });
    }
    case 'look later':
      return lookLater(action.delay, lane);
    case 'fail':
      return rejects(way.send(member.tenant.slug, { do: 'fail' }));
    case 'come without a tenant':
      return rejects(way.sendForNobody({ do: 'add', title: ledger.nextText('nobody') }));
  }
}

async function add({ way, ledger }: WayLane): Promise<void> {
  const title = ledger.nextText('book');
  // Known beforehand, so that another answer of the crowd may have it or not.
  ledger.possible.add(title);
  expectOwn(ledger.member, await way.send(ledger.member.tenant.slug, { do: 'add', title }));
  ledger.kept.add(title);
}

async function addBoth(fails: 'no' | 'inner' | 'outer', { way, ledger }: WayLane): Promise<void> {
  const titles = [ledger.nextText('first'), ledger.nextText('second')] as const;
  const sent = way.send(ledger.member.tenant.slug, { do: 'add both', titles, fails });
  if (fails === 'outer') return rejects(sent);
  const kept = (await sent) as string[];
  ledger.kept.add(titles[0]);
  if (fails === 'no') ledger.kept.add(titles[1]);
  ledger.expectTitles(expectOwn(ledger.member, kept));
}

async function lookLater(delay: Delay, { way, ledger, diary }: WayLane): Promise<void> {
  const token = ledger.nextText('token');
  await way.send(ledger.member.tenant.slug, { do: 'look later', token, delay });
  const finding = diary.read(token) as Promise<{ who: { id: string }; books: string[] }> | undefined;
  ok(finding, 'nobody looked later');
  ledger.afterwards.push(
    finding.then(({ who, books }) => {
      strictEqual(who.id, ledger.member.tenant.id);
      expectOwn(ledger.member, books);
    }),
  );
}
