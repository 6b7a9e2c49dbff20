import { deepStrictEqual, ok } from 'node:assert/strict';
import type { TestDatabase } from '@rowhouse/testing';
import { expectNoLeaks } from '@rowhouse/testing';
import fc from 'fast-check';
import pg from 'pg';
import { checkSeeded } from '../../support/seeded-property.js';
import { fleet, readFleet, resetFleet } from '../fleet.js';
import { Ledger } from '../http/ledger.js';
import { type LibrarySetting, type RunningLibrary, startLibrary } from '../http/start-library.js';
import { anyProgram } from '../programs.js';
import type { FinalState } from '../tenant-model.js';
import { type Action, act, anyAction, type Way } from './actions.js';

export interface WaySetting
  extends Partial<Pick<LibrarySetting, 'platform' | 'imports' | 'prepare' | 'tenancy'>> {
  readonly name: string;
  readonly database: Pick<TestDatabase, 'url' | 'loginUrl'>;
  readonly runs?: number;
  /** Called for each run, when the app listens. */
  readonly open: (library: RunningLibrary) => Promise<Way>;
}

const POOL_SIZE = 2;

/** The property of HTTP, for work that comes another way: fifty tenants at once, on two connections. */
export async function checkWay({
  database,
  open,
  platform = 'express',
  ...setting
}: WaySetting): Promise<void> {
  const admin = new pg.Pool({ connectionString: database.url, max: 2 });
  const library = await startLibrary({
    ...setting,
    platform,
    url: database.loginUrl,
    directUrl: database.url,
    pin: 'statement',
    poolSize: POOL_SIZE,
  });
  try {
    const property = fc.asyncProperty(anyProgram(anyAction, 5), (lanes) =>
      runProgram(lanes, library, database.url, open, admin),
    );
    await checkSeeded(property, { name: setting.name, runs: setting.runs ?? 2 });
  } finally {
    await library.app.close();
    await admin.end();
  }
}

async function runProgram(
  lanes: readonly Action[][],
  library: RunningLibrary,
  url: string,
  open: WaySetting['open'],
  admin: pg.Pool,
): Promise<void> {
  await resetFleet(admin);
  const way = await open(library);
  const ledgers = fleet.map((member) => new Ledger(member));
  try {
    const outcomes = await Promise.allSettled(
      ledgers.map((ledger, index) => runLane(lanes[index] ?? [], ledger, way, library)),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  } finally {
    await way.close();
  }
  await expectNoLeaks({
    dataSource: library.dataSource,
    url,
    pins: 'none',
    allowedSettings: ['transaction_isolation'],
  });
  const { total, idle, waiting } = library.pool.stats();
  ok(total <= POOL_SIZE, `${total} connections`);
  deepStrictEqual({ idle, waiting }, { idle: total, waiting: 0 });
  const states = await readFleet(admin);
  for (const [index, ledger] of ledgers.entries()) ledger.audit(states[index] as FinalState);
}

async function runLane(
  actions: readonly Action[],
  ledger: Ledger,
  way: Way,
  { diary }: RunningLibrary,
): Promise<void> {
  for (const action of actions) {
    try {
      await act(action, { way, ledger, diary });
    } catch (error) {
      const { message } = error as Error;
      throw Object.assign(error as Error, {
        message: `${ledger.member.mark}: ${JSON.stringify(action)}: ${message}`,
      });
    }
  }
  await Promise.all(ledger.afterwards);
}
