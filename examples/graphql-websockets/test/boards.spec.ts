import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { TenantLifecycle } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { createClient } from 'graphql-ws';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { until } from '../../../test/support/until.js';
import { createApp } from '../src/create-app.js';
import { tokenOf } from '../src/tokens.js';

const SECRET = 'a secret of the spec, of more than 32 letters';
const TEAMS = ['acme', 'globex'];

interface Card {
  readonly id: number;
  readonly title: string;
  readonly column: string;
  readonly comments: ReadonlyArray<{ readonly text: string }>;
}

interface Result {
  readonly data?: { readonly board: Card[]; readonly addCard: Card; readonly cardAdded: Card } | null;
  readonly errors?: ReadonlyArray<{ readonly message: string }>;
}

describe('boards of teams', () => {
  let database: TestDatabase;
  let app: INestApplication;
  let address: string;
  const opened: { close(): unknown }[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await createApp({ url: database.loginUrl, ownerUrl: database.url, tokenSecret: SECRET });
    await app.listen(0, '127.0.0.1');
    address = `127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
    for (const slug of TEAMS) await app.get(TenantLifecycle).create({ slug });
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  afterAll(async () => {
    for (const slug of TEAMS)
      await app.get(DataSourceRegistry).homes.remove(await app.get(TenantLifecycle).find(slug));
    await app.close();
    await database.drop();
  });

  async function ask(team: string | undefined, query: string, secret = SECRET): Promise<Result> {
    const response = await fetch(`http://${address}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(team && { authorization: `Bearer ${await tokenOf('ada', team, secret)}` }),
      },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as Result;
  }
  const addCard = (team: string, title: string) =>
    ask(team, `mutation { addCard(title: "${title}") { id title column } }`).then(
      ({ data }) => data?.addCard as Card,
    );
  const boardOf = (team: string) =>
    ask(team, '{ board { id title column comments { text } } }').then(({ data }) => data?.board as Card[]);

  /** What a team is told of by its subscription. */
  async function subscribe(token: string) {
    const client = createClient({
      url: `ws://${address}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { token },
      retryAttempts: 0,
    });
    opened.push({ close: () => client.dispose() });
    const titles: string[] = [];
    let refusal: { readonly code?: number } | undefined;
    client.subscribe<NonNullable<Result['data']>>(
      { query: 'subscription { cardAdded { title comments { text } } }' },
      {
        next: ({ data }) => titles.push(data?.cardAdded.title ?? ''),
        error: (error) => {
          refusal = error as { code?: number };
        },
        complete: () => {},
      },
    );
    return { titles, refusal: () => refusal };
  }

  async function connect(token: string): Promise<Socket> {
    const socket = io(`http://${address}`, { auth: { token }, transports: ['websocket'], forceNew: true });
    opened.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return socket;
  }

  it('answer queries and mutations with cards of the own team, comments loaded together', async () => {
    const first = await addCard('acme', 'Paint the door');
    await addCard('acme', 'Buy paint');
    await addCard('globex', 'Feed the cat');
    expect(first).toEqual({ id: 1, title: 'Paint the door', column: 'todo' });
    await ask('acme', 'mutation { comment(cardId: 1, text: "Green?") { id } }');
    await ask('globex', 'mutation { comment(cardId: 1, text: "Twice") { id } }');
    expect(await boardOf('acme')).toEqual([
      { id: 1, title: 'Paint the door', column: 'todo', comments: [{ text: 'Green?' }] },
      { id: 2, title: 'Buy paint', column: 'todo', comments: [] },
    ]);
    expect(await boardOf('globex')).toEqual([
      { id: 1, title: 'Feed the cat', column: 'todo', comments: [{ text: 'Twice' }] },
    ]);
  });

  it('refuse whoever has no token, or one that another has signed', async () => {
    for (const refused of [
      await ask(undefined, '{ board { id } }'),
      await ask('acme', '{ board { id } }', 'another secret of more than 32 letters'),
    ]) {
      expect(refused.data ?? undefined).toBeUndefined();
      expect(JSON.stringify(refused)).toMatch(/TENANT_UNRESOLVED|TENANT_TOKEN_INVALID/);
    }
    const forged = await tokenOf('eve', 'acme', 'another secret of more than 32 letters');
    const { titles, refusal } = await subscribe(forged);
    await until(() => refusal());
    expect([refusal()?.code, titles]).toEqual([4403, []]);
    await expect(connect(forged)).rejects.toMatchObject({ data: { code: 'TENANT_TOKEN_INVALID' } });
  });

  it('tell subscribers of new cards of their team, and of no other', async () => {
    const acme = await subscribe(await tokenOf('ada', 'acme', SECRET));
    const globex = await subscribe(await tokenOf('hank', 'globex', SECRET));
    // Until both are heard by themselves, they may not be subscribed yet.
    await until(async () => {
      await addCard('acme', 'of acme');
      return acme.titles.length > 0;
    });
    await until(async () => {
      await addCard('globex', 'of globex');
      return globex.titles.length > 0;
    });
    await addCard('acme', 'of acme');
    await addCard('globex', 'last of globex');
    await until(() => globex.titles.includes('last of globex'));
    expect(new Set(acme.titles)).toEqual(new Set(['of acme']));
    expect(new Set(globex.titles)).toEqual(new Set(['of globex', 'last of globex']));
  });

  it('show cards that move to all sockets of the team, and to no other', async () => {
    const [ada, bob, hank] = await Promise.all([
      connect(await tokenOf('ada', 'acme', SECRET)),
      connect(await tokenOf('bob', 'acme', SECRET)),
      connect(await tokenOf('hank', 'globex', SECRET)),
    ]);
    const seen = { bob: [] as string[], hank: [] as string[] };
    bob.on('moved', ({ column }) => seen.bob.push(column));
    hank.on('moved', ({ column }) => seen.hank.push(column));
    const { id } = await addCard('acme', 'Move me');
    expect(await ada.emitWithAck('move', { id, column: 'doing' })).toBe(true);
    expect(await hank.emitWithAck('move', { id: 1, column: 'done' })).toBe(true);
    expect(await hank.emitWithAck('move', { id: 1_000_000, column: 'gone' })).toBe(false);
    await until(() => seen.bob.length > 0 && seen.hank.length > 0);
    expect(seen).toEqual({ bob: ['doing'], hank: ['done'] });
    expect((await boardOf('acme')).find((card) => card.id === id)?.column).toBe('doing');
    expect((await boardOf('acme')).find((card) => card.id === 1)?.column).toBe('todo');
  });
});
