import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant } from '@rowhouse/core';
import pg from 'pg';
import type { Act } from '../kill/act.js';
import { nobodys, sentences, withoutWalls } from '../kill/agreement.js';
import { type Address, type OpenFleet, openFleet } from '../kill/open-fleet.js';
import { Victim } from '../kill/victim.js';
import { type CitusDatabase, createCitusDatabase } from '../support/citus-database.js';
import { Payments } from './payments.js';
import { remainsOn } from './remains.js';

const RELEASE = { kind: 'homes', level: 1, parts: 2 } as const;

/** A deployment on Citus for processes and servers that are killed. Its tenant `acme` is used all the time. */
export class KillGround {
  readonly roles = `kill_${randomBytes(5).toString('hex')}`;
  readonly database: CitusDatabase;
  /** As superuser, on the coordinator. */
  readonly server: pg.Pool;
  readonly address: Address;
  #open: OpenFleet | undefined;

  /** @param url - of the cluster. */
  static async open(url?: string): Promise<KillGround> {
    const ground = new KillGround(await createCitusDatabase(url));
    ground.#open = await openFleet(ground.address, {
      release: RELEASE,
      seeds: false,
      applicationName: `operator_${ground.roles}`,
    });
    return ground;
  }

  private constructor(database: CitusDatabase) {
    this.database = database;
    this.server = new pg.Pool({ connectionString: database.url, max: 2 });
    this.server.on('error', () => {});
    const { ownerUrl, loginUrl } = database;
    this.address = { ownerUrl, loginUrl, catalogUrl: ownerUrl, roles: this.roles };
  }

  get fleet(): OpenFleet['fleet'] {
    return this.#opened.fleet;
  }

  get #opened(): OpenFleet {
    if (!this.#open) throw new Error('The fleet is not open.');
    return this.#open;
  }

  paymentsOf(tenant: Tenant): Payments {
    return new Payments(this.#opened.registry, tenant);
  }

  placeSharedTables(): Promise<void> {
    return this.#opened.registry.homes.placeSharedTables();
  }

  async workerOf(tenant: Tenant): Promise<string | undefined> {
    return (await this.fleet.workers.of([tenant])).get(tenant.id);
  }

  async otherThan(name: string | undefined): Promise<string> {
    const other = (await this.fleet.workers.list()).find((worker) => worker.name !== name);
    if (!other) throw new Error('There is one worker.');
    return other.name;
  }

  /** Has a process begin something. @param isMissedAtOnce - whether the server ends what it does for the dead. */
  async victim(worker: string, act: Act, { isMissedAtOnce = false } = {}): Promise<Victim> {
    const victim = new Victim(worker, { isMissedAtOnce });
    await victim.begin({ address: this.address, settings: { release: RELEASE, seeds: false }, act });
    return victim;
  }

  /** Kills a process some milliseconds after it has begun something. */
  async kill(worker: string, act: Act, afterMs: number, isMissedAtOnce: boolean): Promise<void> {
    const victim = await this.victim(worker, act, { isMissedAtOnce });
    await delay(afterMs);
    await victim.kill();
    await victim.whenForgotten(this.server);
  }

  /** What is wrong, or left behind. */
  async disagreements(): Promise<readonly string[]> {
    const { server, address } = this;
    const unfinished = `select format('The tenant %s is %s.', slug, status) from rowhouse.tenants where status <> 'active'
      union all select format('%s is not ended: %s.', kind, step) from rowhouse.tenant_operations`;
    return [
      ...(await sentences(server, unfinished)),
      ...(await nobodys({ server, address, slug: '-' })),
      ...(await withoutWalls({ server, address })),
      ...(await remainsOn(server, this.database, this.roles)),
    ];
  }

  async close(): Promise<void> {
    await this.#open?.close();
    await this.server.end();
    await this.database.drop();
  }
}
