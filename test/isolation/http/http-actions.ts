import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { counterKeyOf } from '../fleet.js';
import { expectOwn } from '../marks.js';
import type { LibraryClient, Manner } from './client.js';
import type { Ledger } from './ledger.js';
import type { Delay, Diary } from './library-app.js';

/** One request of a tenant's client. */
export type HttpAction =
  | { readonly do: 'list'; readonly cached: boolean }
  | { readonly do: 'author' }
  | { readonly do: 'add'; readonly manner: Manner }
  | { readonly do: 'add both'; readonly fails: 'no' | 'inner' | 'outer' }
  | { readonly do: 'bump' }
  | { readonly do: 'export' }
  | { readonly do: 'look later'; readonly delay: Delay }
  | { readonly do: 'fail' }
  | {
      readonly do: 'abandon';
      readonly what: 'body' | 'answer' | 'statement' | 'export';
      readonly manner: Manner;
    }
  | { readonly do: 'come without a tenant'; readonly manner: Manner };

const manner = fc.constantFrom<Manner>('at once', 'large', 'chunked', 'slow', 'multipart');

export const anyHttpAction: fc.Arbitrary<HttpAction> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('list' as const), cached: fc.boolean() }), weight: 2 },
  { arbitrary: fc.constant({ do: 'author' as const }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('add' as const), manner }), weight: 4 },
  {
    arbitrary: fc.record({
      do: fc.constant('add both' as const),
      fails: fc.constantFrom('no' as const, 'inner' as const, 'outer' as const),
    }),
    weight: 2,
  },
  { arbitrary: fc.constant({ do: 'bump' as const }), weight: 2 },
  { arbitrary: fc.constant({ do: 'export' as const }), weight: 1 },
  {
    arbitrary: fc.record({
      do: fc.constant('look later' as const),
      delay: fc.constantFrom<Delay>('timer', 'immediate', 'microtask', 'emitter'),
    }),
    weight: 2,
  },
  { arbitrary: fc.constant({ do: 'fail' as const }), weight: 1 },
  {
    arbitrary: fc.record({
      do: fc.constant('abandon' as const),
      what: fc.constantFrom('body' as const, 'answer' as const, 'statement' as const, 'export' as const),
      manner,
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ do: fc.constant('come without a tenant' as const), manner }), weight: 1 },
);

export interface HttpLane {
  readonly client: LibraryClient;
  readonly nobody: LibraryClient;
  readonly ledger: Ledger;
  readonly diary: Diary;
  /** Whether the app answers GET requests from a cache, so that an answer may be old. */
  readonly answersCached: boolean;
}

/** Sends the request, and checks that the answer contains only the tenant's data. */
export async function act(action: HttpAction, lane: HttpLane): Promise<void> {
  switch (action.do) {
    case 'list':
      return list(action.cached, lane);
    case 'author':
      return author(lane);
    case 'add':
      return add(action.manner, lane);
    case 'add both':
      return addBoth(action.fails, lane);
    case 'bump':
      return bump(lane);
    case 'export':
      return exportAll(lane);
    case 'look later':
      return lookLater(action.delay, lane);
    case 'fail':
      return fail(lane);
    case 'abandon':
      return abandon(action, lane);
    case 'come without a tenant':
      return comeWithoutTenant(action.manner, lane);
  }
}

async function list(cached: boolean, { client, ledger, answersCached }: HttpLane): Promise<void> {
  const { status, body } = await client.get(cached ? '/books/cached' : '/books');
  strictEqual(status, 200);
  const titles = expectOwn(ledger.member, body as Array<{ title: string }>).map(({ title }) => title);
  if (!cached) ledger.expectTitles(titles, { answersCached });
}

async function author({ client, ledger, answersCached }: HttpLane): Promise<void> {
  const { mark, base } = ledger.member;
  const { status, body } = await client.get(`/books/${base + 1}/author`);
  strictEqual(status, 200);
  const { name, books } = expectOwn(ledger.member, body as { name: string; books: string[] });
  strictEqual(name, `${mark} author`);
  ledger.expectTitles(books, { answersCached });
}

async function add(manner: Manner, { client, ledger }: HttpLane): Promise<void> {
  const title = ledger.nextText('book');
  const path = manner === 'multipart' ? '/books/upload' : '/books';
  const { status, body, text } = await client.send('POST', path, { title }, manner);
  strictEqual(status, 201, text);
  strictEqual(expectOwn(ledger.member, body as { title: string }).title, title);
  ledger.kept.add(title);
}

async function addBoth(fails: 'no' | 'inner' | 'outer', { client, ledger }: HttpLane): Promise<void> {
  const titles = [ledger.nextText('first'), ledger.nextText('second')] as const;
  const { status, body } = await client.send('POST', '/books/both', { titles, fails });
  strictEqual(status, fails === 'outer' ? 409 : 201);
  if (fails === 'outer') return;
  ledger.kept.add(titles[0]);
  if (fails === 'no') ledger.kept.add(titles[1]);
  ledger.expectTitles(expectOwn(ledger.member, body as string[]));
}

async function bump({ client, ledger }: HttpLane): Promise<void> {
  const { status, body } = await client.send('PUT', `/counters/${counterKeyOf(ledger.member, 'visits')}`, {
    text: ledger.nextText('visits'),
  });
  strictEqual(status, 200);
  ledger.bumps += 1;
  deepStrictEqual(body, { value: 1 + ledger.bumps, ticket: ledger.member.base + 2 + ledger.bumps });
}

async function exportAll({ client, ledger }: HttpLane): Promise<void> {
  const { status, text } = await client.get('/export');
  strictEqual(status, 200);
  const lines = expectOwn(ledger.member, text.split('\n').slice(0, -1));
  strictEqual(lines.length % 2_000, 0);
  ledger.expectTitles([...new Set(lines)]);
}

async function lookLater(delay: Delay, { client, ledger, diary }: HttpLane): Promise<void> {
  const token = ledger.nextText('token');
  const { status } = await client.send('POST', '/later', { token, delay });
  strictEqual(status, 201);
  const { tenant } = ledger.member;
  const finding = diary.read(token) as Promise<{ who: { id: string }; books: string[] }> | undefined;
  ok(finding, 'nobody looked later');
  ledger.afterwards.push(
    finding.then(({ who, books }) => {
      strictEqual(who.id, tenant.id);
      expectOwn(ledger.member, books);
    }),
  );
}

async function fail({ client, ledger }: HttpLane): Promise<void> {
  const { status, text } = await client.get('/fail');
  strictEqual(status, 500);
  expectOwn(ledger.member, text);
}

async function abandon(
  { what, manner }: Extract<HttpAction, { do: 'abandon' }>,
  { client, ledger }: HttpLane,
): Promise<void> {
  if (what === 'body') {
    // The incomplete body must not be stored. If it appears later, the app took it for a complete one.
    await client.abandonBody('/books', { title: ledger.nextText('half') }, manner);
  } else if (what === 'answer') {
    const title = ledger.nextText('perhaps');
    ledger.possible.add(title);
    await client.abandonAnswer('/books', { title });
  } else if (what === 'statement') {
    await client.abandonAnswer('/sleep');
  } else {
    expectOwn(ledger.member, await client.abandonStream('/export'));
  }
  await turn();
}

async function comeWithoutTenant(manner: Manner, { nobody, ledger }: HttpLane): Promise<void> {
  const { status, body } = await nobody.send('POST', '/books', { title: ledger.nextText('nobody') }, manner);
  strictEqual(status, 400);
  strictEqual((body as { code: string }).code, 'TENANT_UNRESOLVED');
}
