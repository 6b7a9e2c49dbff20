import { type Actor, type Tenant, TenantContext } from '@rowhouse/core';
import { isTransientLockError, messageOf } from '@rowhouse/core/internal';
import type { FleetDeployment } from '@rowhouse/migrations/internal';
import { TakeBackRefusedError, TransferRefusedError } from '../errors.js';
import { commitInService } from '../home/commit-in-service.js';
import { isRowMisfit } from '../home/row-misfit.js';
import type { HomeTable } from '../home/tables.js';
import type { LiveHome } from './live-home.js';
import { OwnLiveHome } from './own-live-home.js';
import { SharedLiveHome } from './shared-live-home.js';

export interface LiveHomeOptions {
  /** Tables that are left out. */
  readonly except: readonly string[];
  /** The tables that may be changed, of all. */
  readonly choose: (tables: readonly HomeTable[]) => readonly HomeTable[];
  readonly by: Actor | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What was done, for the audit trail. */
export interface LiveChange {
  readonly action: 'rows.taken_back' | 'rows.take_back_undone';
  readonly after: object;
}

/** Runs `work` in one transaction of a home. @param work - returns what to commit; `undefined` for nothing. */
export async function changeLiveHome(
  deployment: FleetDeployment,
  tenant: Tenant,
  { except, choose, by, signal }: LiveHomeOptions,
  work: (home: LiveHome) => Promise<LiveChange | undefined>,
): Promise<void> {
  if (TenantContext.entry())
    throw new TakeBackRefusedError("Under an operator's entry into a tenant, no rows are taken back.");
  const kind = tenant.isolation === 'row' ? SharedLiveHome : OwnLiveHome;
  try {
    const home: LiveHome = await kind.open(deployment, tenant, except, choose, signal);
    let isClosed = false;
    try {
      const change = await work(home);
      if (change)
        await commitInService(deployment, { ...change, tenants: [tenant], by }, async () => {
          isClosed = true;
          await home.close(true);
        });
    } finally {
      if (!isClosed) await home.close(false);
    }
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}

/** The number of the transaction that changes a home. */
export async function transactionOf({ client }: LiveHome): Promise<string> {
  const { rows } = await client.query<{ xid: string }>('select pg_catalog.pg_current_xact_id()::text as xid');
  return rows[0]?.xid ?? '';
}

function refusalOf(error: unknown): TakeBackRefusedError | undefined {
  if (error instanceof TransferRefusedError) return new TakeBackRefusedError(error.detail, error);
  const { detail } = Object(error) as { detail?: unknown };
  if (isRowMisfit(error))
    return new TakeBackRefusedError(
      `The rows do not fit to others: ${messageOf(error)}${typeof detail === 'string' ? ` (${detail})` : ''}. Nothing was changed. Take back the other table as well, or all.`,
      error,
    );
  if (!isTransientLockError(error)) return undefined;
  return new TakeBackRefusedError(
    `Others use the rows or the tables at this moment: ${messageOf(error)}. Nothing was changed. Try again.`,
    error,
  );
}
