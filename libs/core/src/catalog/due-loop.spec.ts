import type { Catalog } from './catalog.js';
import { DueLoop, type DueLoopOptions } from './due-loop.js';
import type { NotificationHandler } from './notifications.js';

/** More than a test takes: what happens in it was not found by polling. */
const NEVER_MS = 3_600_000;

const loops: DueLoop[] = [];
afterEach(() => Promise.all(loops.splice(0).map((loop) => loop.close())));

/** A loop on a catalog that only listens. Each look is awaited by `looks(n)`. */
function start({ takeDue, ...options }: Partial<DueLoopOptions> = {}) {
  let handler: NotificationHandler | undefined;
  let count = 0;
  const problems: unknown[] = [];
  const waiting = new Set<() => void>();
  const catalog = {
    listen: async (_: string, given: NotificationHandler) => {
      handler = given;
      return async () => {
        handler = undefined;
      };
    },
  } as unknown as Catalog;
  const loop = new DueLoop({
    catalog,
    channel: 'work',
    pollMs: NEVER_MS,
    onProblem: (error) => problems.push(error),
    takeDue: async () => {
      count += 1;
      for (const look of waiting) look();
      return takeDue?.();
    },
    ...options,
  });
  loops.push(loop);
  loop.start();
  const looks = (wanted: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (count < wanted) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { loop, looks, problems, handler: () => handler, count: () => count };
}

describe('DueLoop', () => {
  it('looks at its start, once more when it listens, and when it is notified or woken', async () => {
    const { loop, looks, handler } = start();
    await looks(2);
    handler()?.notified('');
    await looks(3);
    handler()?.missed();
    await looks(4);
    loop.wake();
    await looks(5);
  });

  it('looks when the time of what is next has come, and after so long in any case', async () => {
    await start({ takeDue: async () => 1 }).looks(5);
    await start({ pollMs: 1 }).looks(5);
  });

  it('reports what fails, and goes on', async () => {
    const failed = new Error('no catalog');
    let looked = 0;
    const { looks, loop, problems } = start({
      takeDue: async () => {
        looked += 1;
        if (looked === 1) throw failed;
        return undefined;
      },
    });
    await looks(2);
    loop.wake();
    await looks(3);
    expect(problems).toEqual([failed]);
  });

  it('listens again where it could not', async () => {
    const refused = new Error('refused');
    const listen = (async () => {
      throw refused;
    }) as Catalog['listen'];
    const { looks, problems } = start({ catalog: { listen } as Catalog, pollMs: 1 });
    await looks(4);
    expect(problems.length).toBeGreaterThan(1);
    expect(new Set(problems)).toEqual(new Set([refused]));
  });

  it('looks no more when it is closed, and hears nothing when it has stopped to listen', async () => {
    const { loop, looks, handler, count } = start();
    await looks(2);
    await loop.close();
    loop.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(count()).toBe(2);
    await loop.stopListening();
    expect(handler()).toBeUndefined();
  });
});
