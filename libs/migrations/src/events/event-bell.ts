import pg from 'pg';

/** Milliseconds that the server may take to accept the connection or to say goodbye. */
const ANSWER_TIMEOUT_MS = 5_000;

export interface EventBellOptions {
  /** Leads to PostgreSQL itself: LISTEN does not work through a transaction pooler. */
  readonly directUrl: string;
  readonly ssl: pg.ClientConfig['ssl'];
  /** Called when events were written. */
  readonly onRing: () => void;
  /** Called when the connection is lost: from now on rings are missed, until `listen` is called again. */
  readonly onLost: (error: unknown) => void;
}

/** Hears that events were written. It may miss some: they are found by looking. */
export class EventBell {
  readonly #options: EventBellOptions;
  #client: pg.Client | undefined;

  constructor(options: EventBellOptions) {
    this.#options = options;
  }

  /**
   * Listens, unless it does already.
   *
   * @throws what `pg` throws, when the server cannot be reached.
   */
  async listen(): Promise<void> {
    if (this.#client) return;
    const { directUrl, ssl, onRing, onLost } = this.#options;
    const client = new pg.Client({
      connectionString: directUrl,
      ssl,
      keepAlive: true,
      application_name: 'rowhouse-events',
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
    });
    // Only the connection in use can be lost: the errors of one that is being made or ended have another reader.
    const lose = (error: unknown) => {
      if (this.#client !== client) return;
      this.#client = undefined;
      onLost(error);
    };
    client.on('error', lose);
    client.on('end', () => lose(new Error('The connection that hears of events ended.')));
    client.on('notification', onRing);
    try {
      await client.connect();
      await client.query('listen rowhouse_events');
    } catch (error) {
      await hangUp(client);
      throw error;
    }
    this.#client = client;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client) await hangUp(client);
  }
}

/** A half-open connection would never answer the goodbye. */
async function hangUp(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), ANSWER_TIMEOUT_MS);
  await client.end();
  clearTimeout(timer);
}
