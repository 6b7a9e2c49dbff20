import { type BudgetedPool, ConnectionBudget } from './connection-budget.js';

/** A pool that opens and closes without a server. A connection is closed when the test says so. */
class FakePool implements BudgetedPool {
  totalCount = 0;
  idleCount = 0;
  closing: Array<() => void> = [];

  constructor(readonly usedAt = 0) {}

  /** Takes a connection out of the budget, and writes down that it came. */
  ask(budget: ConnectionBudget, log: string[], name: string, options = { timeoutMs: 0 }): void {
    budget.reserve(
      this,
      (refusal) => {
        log.push(refusal ? `${name}: ${refusal}` : name);
        if (!refusal) this.take();
      },
      options,
    );
  }

  take(): void {
    if (this.idleCount > 0) this.idleCount -= 1;
    else this.totalCount += 1;
  }

  giveBack(budget: ConnectionBudget): void {
    this.idleCount += 1;
    budget.freed();
  }

  closeOneIdle(): Promise<void> {
    this.idleCount -= 1;
    this.totalCount -= 1;
    return new Promise((resolve) => this.closing.push(resolve));
  }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function budgetOf(max: number, ...pools: FakePool[]): ConnectionBudget {
  const budget = new ConnectionBudget(max);
  for (const pool of pools) budget.add(pool);
  return budget;
}

describe('ConnectionBudget', () => {
  it('lets pools open connections until there are as many as it has', () => {
    const [a, b] = [new FakePool(), new FakePool()];
    const budget = budgetOf(2, a, b);
    const log: string[] = [];
    a.ask(budget, log, 'a');
    b.ask(budget, log, 'b');
    b.ask(budget, log, 'b again');
    expect(log).toEqual(['a', 'b']);
    expect(budget).toMatchObject({ open: 2, waiting: 1 });
  });

  it('closes an idle connection of the pool that was used the longest ago, and waits until it is closed', async () => {
    const [old, recent, asking] = [new FakePool(1), new FakePool(2), new FakePool(3)];
    const budget = budgetOf(2, recent, old, asking);
    const log: string[] = [];
    for (const pool of [old, recent]) {
      pool.take();
      pool.giveBack(budget);
    }
    asking.ask(budget, log, 'asking');
    expect([old.totalCount, recent.totalCount, log]).toEqual([0, 1, []]);
    expect(budget.open).toBe(2);
    old.closing.pop()?.();
    await settled();
    expect(log).toEqual(['asking']);
    expect(budget).toMatchObject({ open: 2, waiting: 0 });
  });

  it('never closes a connection that is in use, and goes on when one is given back', async () => {
    const [busy, asking] = [new FakePool(), new FakePool()];
    const budget = budgetOf(1, busy, asking);
    const log: string[] = [];
    busy.take();
    asking.ask(budget, log, 'asking');
    expect(busy.totalCount).toBe(1);
    busy.giveBack(budget);
    busy.closing.pop()?.();
    await settled();
    expect([log, busy.totalCount]).toEqual([['asking'], 0]);
  });

  it('gives a pool its own idle connection rather than a new one', () => {
    const [busy, other] = [new FakePool(), new FakePool()];
    const budget = budgetOf(2, busy, other);
    const log: string[] = [];
    busy.take();
    other.take();
    busy.ask(budget, log, 'second of busy');
    busy.giveBack(budget);
    expect(log).toEqual(['second of busy']);
    expect(budget.open).toBe(2);
  });

  it('gives up after the time-out and when the request is aborted', async () => {
    const [busy, asking] = [new FakePool(), new FakePool()];
    const budget = budgetOf(1, busy, asking);
    const request = new AbortController();
    const log: string[] = [];
    busy.take();
    asking.ask(budget, log, 'gone', { timeoutMs: 0, signal: request.signal } as { timeoutMs: number });
    request.abort();
    await new Promise<void>((resolve) => {
      budget.reserve(asking, (refusal) => resolve(void log.push(`late: ${refusal}`)), { timeoutMs: 1 });
    });
    expect(log).toEqual(['gone: aborted', 'late: timeout']);
    expect(budget.waiting).toBe(0);
  });
});
