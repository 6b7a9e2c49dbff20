import net from 'node:net';

/** A TCP proxy in front of PostgreSQL that counts how often the client waits for the server. */
export interface WireTap {
  /** The URL to connect to instead. */
  readonly url: string;
  /** Times the direction of traffic turned from client to server since the last {@link reset}. */
  readonly roundTrips: number;
  /** Connections opened since the tap was made. */
  readonly connections: number;
  reset(): void;
  close(): Promise<void>;
}

/** Puts a tap before the server that `url` names, on a free loopback port. */
export async function openWireTap(url: string): Promise<WireTap> {
  const target = new URL(url);
  let roundTrips = 0;
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    connections += 1;
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
    }
    client.on('data', (bytes) => {
      if (!clientSpeaks) roundTrips += 1;
      clientSpeaks = true;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      clientSpeaks = false;
      client.write(bytes);
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
    reset() {
      roundTrips = 0;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
