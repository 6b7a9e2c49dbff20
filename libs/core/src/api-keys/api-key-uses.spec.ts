import { jest } from '@jest/globals';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantContext, type TenantScope } from '../tenant-context.js';
import { ApiKeyUses } from './api-key-uses.js';

const A = '00000000-0000-4000-8000-00000000000a';
const B = '00000000-0000-4000-8000-00000000000b';

function opened({ fails = false } = {}) {
  const written: string[][] = [];
  const errors: unknown[] = [];
  const clock = { now: 0 };
  const query = async (_text: string, [ids]: [string[]]) => {
    if (fails) throw new Error('down');
    written.push(ids);
  };
  const uses = new ApiKeyUses({ query } as never, {
    onError: (error) => errors.push(error),
    now: () => clock.now,
  });
  return { uses, written, errors, clock };
}

describe('the uses of API keys', () => {
  it('are written in batches, each key once a minute', async () => {
    const { uses, written, clock } = opened();
    for (const id of [A, B, A]) uses.note(id);
    expect(written).toEqual([]);
    await uses.flush();
    expect(written).toEqual([[A, B]]);
    clock.now = 59_999;
    uses.note(A);
    await uses.flush();
    expect(written).toHaveLength(1);
    clock.now = 60_000;
    uses.note(A);
    await uses.flush();
    expect(written).toEqual([[A, B], [A]]);
  });

  it('are written outside of the context of the request that came first', async () => {
    jest.useFakeTimers();
    const scopes: (TenantScope | undefined)[] = [];
    const query = async () => void scopes.push(TenantContext.scope());
    const uses = new ApiKeyUses({ query } as never, { onError: () => {} });
    TenantContext.run(makeTenant('acme'), () => uses.note(A));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(scopes).toEqual([undefined]);
    jest.useRealTimers();
  });

  it('are written when the process shuts down', async () => {
    const { uses, written } = opened();
    uses.note(A);
    await uses.close();
    expect(written).toEqual([[A]]);
  });

  it('that cannot be written are reported, and nobody fails', async () => {
    const { uses, errors } = opened({ fails: true });
    uses.note(A);
    await uses.flush();
    expect(errors).toEqual([new Error('down')]);
  });
});
