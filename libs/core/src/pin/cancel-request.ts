import pg from 'pg';

/** The parts of a client that address its server process (manual, 54.2.8 "Canceling Requests in Progress"). */
interface CancellableClient {
  readonly processID: number | null;
  readonly secretKey?: number | null;
}

interface CancelConnection {
  on(event: 'connect' | 'sslconnect' | 'error' | 'end', listener: () => void): void;
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

/** How long a request may take to arrive. Milliseconds. */
const ARRIVAL_MS = 1_000;

/**
 * Asks the server, over a separate connection, to cancel the running statement of `client`. The server sends no answer.
 *
 * @param done - called once: when the request has arrived, or cannot.
 */
export function cancelRequest(config: pg.ClientConfig, client: object, done: () => void = () => {}): void {
  const { processID, secretKey } = client as CancellableClient;
  if (!processID || !secretKey) {
    done();
    return;
  }
  let isDone = false;
  const finish = () => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    done();
  };
  const timer = setTimeout(finish, ARRIVAL_MS).unref();
  const messenger = new pg.Client(config) as unknown as {
    readonly connection: CancelConnection;
    readonly host: string;
    readonly port: number;
    readonly ssl: unknown;
    readonly sslNegotiation: string;
  };
  const { connection, host, port, ssl, sslNegotiation } = messenger;
  connection.on('connect', () => {
    if (!ssl) connection.cancel(processID, secretKey);
    // Otherwise TLS begins by itself.
    else if (sslNegotiation !== 'direct') connection.requestSsl();
  });
  connection.on('sslconnect', () => connection.cancel(processID, secretKey));
  // A request that does not arrive cancels nothing; the statement then runs to its end.
  connection.on('error', finish);
  connection.on('end', finish);
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(port, host);
}
