import pg from 'pg';
import { addressIn, withFields } from '../support/postgres-address.js';

/** What a server says of itself. */
export interface ServerPosition {
  /** When it was asked, on the clock of `performance.now()`: whatever was committed before that is at or before `position`. */
  readonly askedAt: number;
  /** Bytes of WAL: what the primary has written, what a standby shows. */
  readonly position: bigint;
  readonly isStandby: boolean;
  /** The same on all copies of one primary. */
  readonly system: string;
  /** The same for one running server, however it is reached. */
  readonly startedAt: string;
}

/** Milliseconds after which a server that does not answer is out of reach. */
const TIMEOUT_MS = 2_000;

const POSITION = `select pg_catalog.pg_is_in_recovery() as "isStandby",
    ((case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
      else pg_catalog.pg_current_wal_insert_lsn() end) operator(pg_catalog.-) '0/0'::pg_catalog.pg_lsn)::pg_catalog.text as position,
    pg_catalog.pg_postmaster_start_time()::pg_catalog.text as "startedAt",
    (select system_identifier::pg_catalog.text from pg_catalog.pg_control_system()) as system`;

/**
 * Asks one server where it is, over a connection of its own: those of the pools may all be taken when it matters most.
 */
export class ServerProbe {
  readonly #config: pg.ClientConfig;
  #client: pg.Client | undefined;

  constructor(config: pg.ClientConfig) {
    this.#config = withFields(addressIn(config), {
      application_name: 'rowhouse-replicas',
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
    });
  }

  /** Where it asks, as `host:port`. */
  get address(): string {
    const { host, port } = new pg.Client(this.#config);
    return `${host}:${port}`;
  }

  /** @throws what pg throws when it is out of reach. */
  async look(): Promise<ServerPosition> {
    try {
      this.#client ??= await this.#connect();
      const askedAt = performance.now();
      const { rows } = await this.#client.query(POSITION);
      const { position, ...rest } = rows[0];
      return { ...rest, askedAt, position: BigInt(position) };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.#config);
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }
}
