import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import type { Catalog } from '../catalog/catalog.js';
import type { NotificationHandler } from '../catalog/notifications.js';
import { EntryDirectory } from './entry-directory.js';
import { makeEntryToken } from './entry-token.js';

/** A catalog with one entry, whatever the token. */
class CatalogOfOne {
  readonly row = {
    id: randomUUID(),
    tenantId: randomUUID(),
    operator: { type: 'operator', id: 'olga' },
    reason: 'Ticket 4711',
    readOnly: true,
    expiresAt: new Date(Date.now() + 900_000),
    remainingMs: 900_000,
  };
  isThere = true;
  isUp = true;
  queries = 0;
  handler: NotificationHandler | undefined;
  readonly query = async () => {
    this.queries += 1;
    if (!this.isUp) throw new Error('connection refused');
    return { rows: this.isThere ? [this.row] : [] };
  };
  readonly migrate = async () => {};
  readonly listen = async (_channel: string, handler: NotificationHandler) => {
    this.handler = handler;
    return async () => {};
  };
  end(): void {
    this.row.remainingMs = 0;
  }
}

const ENDED = { code: 'ENTRY_ENDED' };
const REFUSED = { code: 'ENTRY_REFUSED' };

let catalog: CatalogOfOne;
let directory: EntryDirectory;
const token = makeEntryToken();

beforeEach(async () => {
  jest.useFakeTimers();
  catalog = new CatalogOfOne();
  directory = new EntryDirectory(catalog as unknown as Catalog, { peppers: [] });
  await directory.start();
});
afterEach(async () => {
  await directory.close();
  jest.useRealTimers();
});

describe('the directory of entries', () => {
  it('asks the catalog once for a token, however many come with it', async () => {
    const [first, second] = await Promise.all([directory.find(token), directory.find(token)]);
    expect(second).toBe(first);
    expect(await directory.find(token)).toBe(first);
    expect(first).toMatchObject({ id: catalog.row.id, operator: { id: 'olga' }, readOnly: true });
    expect(catalog.queries).toBe(1);
  });

  it('ends an entry by its time, on the clock of the catalog', async () => {
    catalog.row.remainingMs = 5_000;
    catalog.row.expiresAt = new Date(Date.now() + 900_000);
    const { ended } = await directory.find(token);
    await jest.advanceTimersByTimeAsync(4_900);
    expect(ended.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(200);
    expect(ended.reason).toMatchObject(ENDED);
    catalog.end();
    await expect(directory.find(token)).rejects.toMatchObject(ENDED);
  });

  it('ends an entry when the catalog notifies of its end', async () => {
    const { ended } = await directory.find(token);
    catalog.handler?.notified(randomUUID());
    catalog.handler?.notified('no id');
    catalog.handler?.notified(catalog.row.id);
    await jest.advanceTimersByTimeAsync(0);
    expect(ended.aborted).toBe(false);
    catalog.end();
    catalog.handler?.notified(catalog.row.id);
    await jest.advanceTimersByTimeAsync(0);
    expect(ended.reason).toMatchObject(ENDED);
  });

  it('finds out by itself within ten seconds, when nothing is heard', async () => {
    const { ended } = await directory.find(token);
    catalog.end();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(ended.aborted).toBe(true);
  });

  it('looks again when notifications may have been missed', async () => {
    const { ended } = await directory.find(token);
    catalog.end();
    catalog.handler?.missed();
    await jest.advanceTimersByTimeAsync(0);
    expect(ended.aborted).toBe(true);
  });

  it('ends what it cannot verify, and lets it in again when it can', async () => {
    const { ended } = await directory.find(token);
    catalog.isUp = false;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(ended.aborted).toBe(true);
    await expect(directory.find(token)).rejects.toMatchObject({ code: 'TENANT_STORE_UNAVAILABLE' });
    catalog.isUp = true;
    expect((await directory.find(token)).ended.aborted).toBe(false);
  });

  it('ends entries whose tenant is gone', async () => {
    const { ended } = await directory.find(token);
    catalog.isThere = false;
    catalog.handler?.notified(catalog.row.id);
    await jest.advanceTimersByTimeAsync(0);
    expect(ended.aborted).toBe(true);
  });

  it('asks no catalog for what is no token, and once for a token of nobody', async () => {
    for (const text of [
      '',
      'rhe_',
      token.slice(1),
      token.toUpperCase(),
      token.replace('rhe_', 'rh_live_'),
      `${token}0`,
    ])
      await expect(directory.find(text)).rejects.toMatchObject(REFUSED);
    expect(catalog.queries).toBe(0);
    catalog.isThere = false;
    for (let time = 0; time < 3; time += 1)
      await expect(directory.find(token)).rejects.toMatchObject(REFUSED);
    expect(catalog.queries).toBe(1);
  });

  it('asks nothing while no entry is open', async () => {
    await jest.advanceTimersByTimeAsync(60_000);
    expect(catalog.queries).toBe(0);
  });

  it('ends what is open when it closes', async () => {
    const { ended } = await directory.find(token);
    await directory.close();
    expect(ended.aborted).toBe(true);
  });
});
