import net from 'node:net';
import type pg from 'pg';
import { ConnectionLostError } from '../errors.js';

/** The parts of `pg.Client` that its types leave out. */
interface WatchedClient {
  readonly readyForQuery: boolean;
  readonly _ending: boolean;
  readonly host: string;
  readonly port: number;
  readonly connection: { readonly stream: net.Socket };
}

const LOOK_EVERY_MS = 10_000;
/** Looks in a row in which nothing came from the server. */
const SILENT_LOOKS = 3;

/** SSLRequest (manual, 54.7 "Message Formats"): a server answers it with one byte, before anybody logs in. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
/** Other errors, such as a refusal, come from the server's machine. */
const NO_ROUTE = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN']);

/**
 * Ends connections to a server to which there is no route any more, while a statement waits for its answer, or a client for its end. TCP notices that after a
 * quarter of an hour, or never where something in between keeps the connections.
 *
 * A statement may take as long as it likes: only where nothing comes on any of the connections is the server asked, over one of its
 * own, whether it is there, and only its silence counts.
 */
export class RouteWatch {
  readonly #clients: () => readonly WatchedClient[];
  readonly #everyMs: number;
  readonly #received = new WeakMap<WatchedClient, number>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #silentLooks = 0;

  /**
   * @param clients - all to the same server.
   * @param everyMs - between two looks; each waits as long for an answer.
   */
  constructor(clients: () => readonly pg.ClientBase[], everyMs = LOOK_EVERY_MS) {
    this.#clients = clients as unknown as () => readonly WatchedClient[];
    this.#everyMs = everyMs;
  }

  /** Begins to look, until {@link end} or there is no connection left. */
  begin(): void {
    this.#timer ??= setInterval(() => void this.#lookOnce(), this.#everyMs).unref();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#silentLooks = 0;
  }

  async #lookOnce(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#look();
    this.#isLooking = false;
  }

  async #look(): Promise<void> {
    const clients = this.#clients();
    if (clients.length === 0) return this.end();
    const waiting = clients.find((client) => !client.readyForQuery || client._ending);
    if (this.#hasHeard(clients) || !waiting || (await answers(waiting, this.#everyMs))) {
      this.#silentLooks = 0;
      return;
    }
    this.#silentLooks += 1;
    if (this.#silentLooks < SILENT_LOOKS || this.#hasHeard(clients)) return;
    this.#silentLooks = 0;
    for (const { connection } of clients)
      connection.stream.destroy(new ConnectionLostError('the server does not answer any more'));
  }

  /** Whether something came since the last look. */
  #hasHeard(clients: readonly WatchedClient[]): boolean {
    let hasHeard = false;
    for (const client of clients) {
      const { bytesRead } = client.connection.stream;
      if (bytesRead > (this.#received.get(client) ?? 0)) hasHeard = true;
      this.#received.set(client, bytesRead);
    }
    return hasHeard;
  }
}

/** Watches the connections of a pool. */
export function watchRoute(pool: pg.Pool, everyMs?: number): void {
  const internals = pool as unknown as { readonly _clients: readonly pg.ClientBase[] };
  const watch = new RouteWatch(() => internals._clients, everyMs);
  pool.on('connect', (client) => {
    // The statement under way is told. Without a listener the event would end the process.
    client.on('error', () => {});
    watch.begin();
  });
}

function answers({ host, port }: WatchedClient, withinMs: number): Promise<boolean> {
  const socket = host.startsWith('/') ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host);
  return new Promise<boolean>((resolve) => {
    socket.setTimeout(withinMs, () => resolve(false));
    socket.once('data', () => resolve(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(!NO_ROUTE.has(code ?? '')));
    socket.once('close', () => resolve(true));
    socket.write(SSL_REQUEST);
    socket.unref();
  }).finally(() => socket.destroy());
}
