import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { Agent } from 'node:http';
import { expectNoLeaks } from '@rowhouse/testing';
import fc from 'fast-check';
import pg from 'pg';
import { checkSeeded } from '../../support/seeded-property.js';
import { fleet, readFleet, resetFleet } from '../fleet.js';
import { anyProgram } from '../programs.js';
import type { FinalState } from '../tenant-model.js';
import { LibraryClient } from './client.js';
import { act, anyHttpAction, type HttpAction } from './http-actions.js';
import { Ledger } from './ledger.js';
import {
  type LibrarySetting,
  ResponseCacheModule,
  type RunningLibrary,
  startLibrary,
} from './start-library.js';

export interface HttpIsolationSetting extends LibrarySetting {
  readonly name: string;
  readonly runs: number;
}

/** Fewer than there are tenants, so that each connection serves many. */
const SOCKETS = 8;

/** The same for a whole application, with real sockets and the tenant in a header. */
export async function checkHttpIsolation(setting: HttpIsolationSetting): Promise<void> {
  const admin = new pg.Pool({ connectionString: setting.directUrl, max: 2 });
  const library = await startLibrary(setting);
  try {
    const property = fc.asyncProperty(anyProgram(anyHttpAction, 5), (lanes) =>
      runProgram(lanes, library, setting, admin),
    );
    await checkSeeded(property, setting);
  } finally {
    await library.app.close();
    await admin.end();
  }
}

async function runProgram(
  lanes: readonly HttpAction[][],
  library: RunningLibrary,
  setting: HttpIsolationSetting,
  admin: pg.Pool,
): Promise<void> {
  await resetFleet(admin);
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  try {
    const ledgers = fleet.map((member) => new Ledger(member));
    const outcomes = await Promise.allSettled(
      ledgers.map((ledger, index) => runLane(lanes[index] ?? [], ledger, library, setting, agent)),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    await settle(library, setting, agent);
    const states = await readFleet(admin);
    for (const [index, ledger] of ledgers.entries()) ledger.audit(states[index] as FinalState);
  } finally {
    agent.destroy();
  }
}

async function runLane(
  actions: readonly HttpAction[],
  ledger: Ledger,
  { port, diary }: RunningLibrary,
  { imports = [] }: HttpIsolationSetting,
  agent: Agent,
): Promise<void> {
  const client = new LibraryClient(port, agent, ledger.member.tenant.slug);
  const nobody = new LibraryClient(port, agent, undefined);
  const answersCached = imports.includes(ResponseCacheModule);
  for (const action of actions) {
    try {
      await act(action, { client, nobody, ledger, diary, answersCached });
    } catch (error) {
      const { message } = error as Error;
      throw Object.assign(error as Error, {
        message: `${ledger.member.mark}: ${JSON.stringify(action)}: ${message}`,
      });
    }
  }
  await Promise.all(ledger.afterwards);
}

/** Waits until the app has finished the requests of clients that have gone, and has released everything. */
async function settle(library: RunningLibrary, setting: HttpIsolationSetting, agent: Agent): Promise<void> {
  const { pool, port, dataSource } = library;
  // By now the app has received everything that was sent on all connections.
  const last = new LibraryClient(port, agent, fleet[0]?.tenant.slug);
  strictEqual((await last.get('/books')).status, 200);
  await expectNoLeaks({
    dataSource,
    url: setting.directUrl,
    pins: setting.pin === 'session' ? 'kept' : 'none',
    allowedSettings: ['transaction_isolation'],
  });
  const { total, idle, waiting } = pool.stats();
  ok(total <= setting.poolSize, `${total} connections`);
  deepStrictEqual({ idle, waiting }, { idle: total, waiting: 0 });
}
