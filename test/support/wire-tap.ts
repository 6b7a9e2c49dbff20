import net from 'node:net';

/** `cut`: connections are reset. `freeze`: nothing passes any more, and nobody is told, as where a route is lost. */
export type WireFault = 'cut' | 'freeze';

/** A TCP proxy in front of PostgreSQL that counts how often the client waits for the server, and that can fail. */
export interface WireTap {
  /** The URL to connect to instead. */
  readonly url: string;
  /** Times the direction of traffic turned from client to server since the last {@link reset}. */
  readonly roundTrips: number;
  /** Connections opened since the tap was made. */
  readonly connections: number;
  /** Connections open now. */
  readonly open: number;
  /** Bytes that have passed, both ways, since the last {@link reset}. */
  readonly bytes: number;
  /** Keeps what the clients connected now send, until the returned function is called. Later ones pass. */
  hold(): () => void;
  /**
   * Lets so many bytes pass, counted as {@link bytes}, and fails in the middle of what comes next. New connections fail as well.
   *
   * @returns a promise that resolves when it fails.
   */
  failAfter(bytes: number, fault: WireFault): Promise<void>;
  /** Ends what failed, and works again. @param url - of the server, if it has moved. */
  mend(url?: string): void;
  reset(): void;
  close(): Promise<void>;
}

interface Failure {
  readonly afterBytes: number;
  readonly fault: WireFault;
  readonly begins: () => void;
}

/** Puts a tap before the server that `url` names, on a free loopback port. */
export async function openWireTap(url: string): Promise<WireTap> {
  let target = new URL(url);
  let roundTrips = 0;
  let connections = 0;
  let bytes = 0;
  let failure: Failure | undefined;
  let fault: WireFault | undefined;
  const sockets = new Set<net.Socket>();
  const clients = new Set<net.Socket>();
  const fail = (kind: WireFault) => {
    fault = kind;
    for (const socket of sockets)
      if (kind === 'cut') socket.resetAndDestroy();
      else socket.pause();
  };
  /** What passes of a chunk. Writes to a socket of this machine arrive before it is reset. */
  const passed = (chunk: Buffer, to: net.Socket) => {
    const room = failure ? failure.afterBytes - bytes : Number.POSITIVE_INFINITY;
    bytes += chunk.length;
    to.write(chunk.length > room ? chunk.subarray(0, Math.max(0, room)) : chunk);
    if (!failure || chunk.length <= room) return;
    const { fault: kind, begins } = failure;
    failure = undefined;
    fail(kind);
    begins();
  };
  const server = net.createServer((client) => {
    if (fault === 'cut') {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    connections += 1;
    clients.add(client);
    client.on('close', () => clients.delete(client));
    let clientSpeaks = false;
    const upstream = net.connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      if (fault) socket.pause();
    }
    client.on('data', (chunk) => {
      if (!clientSpeaks) roundTrips += 1;
      clientSpeaks = true;
      passed(chunk, upstream);
    });
    upstream.on('data', (chunk) => {
      clientSpeaks = false;
      passed(chunk, client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const tapped = new URL(url);
  tapped.hostname = '127.0.0.1';
  tapped.port = String((server.address() as net.AddressInfo).port);
  return {
    url: tapped.href,
    get roundTrips() {
      return roundTrips;
    },
    get connections() {
      return connections;
    },
    get open() {
      return clients.size;
    },
    get bytes() {
      return bytes;
    },
    hold() {
      const held = [...clients];
      for (const client of held) client.pause();
      return () => {
        for (const client of held) client.resume();
      };
    },
    failAfter: (afterBytes, kind) =>
      new Promise((begins) => {
        failure = { afterBytes, fault: kind, begins };
      }),
    mend(moved) {
      failure = undefined;
      if (fault) for (const socket of sockets) socket.destroy();
      fault = undefined;
      if (moved) target = new URL(moved);
    },
    reset() {
      roundTrips = 0;
      bytes = 0;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
