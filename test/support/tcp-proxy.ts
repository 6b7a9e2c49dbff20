import net from 'node:net';

/** Stands between a client and a server, and has the faults of a network. */
export interface TcpProxy {
  readonly port: number;
  /** Bytes that went to the server. */
  readonly sentBytes: number;
  /** `pass`; `hold`: nothing goes on to the server; `refuse`: connections end at once. */
  fault: 'pass' | 'hold' | 'refuse';
  /** Ends all connections that are open. */
  cut(): void;
  /** Called with each piece that goes to the server. */
  onSend: ((bytes: Buffer) => void) | undefined;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    if (proxy.fault === 'refuse') return void socket.destroy();
    const target = net.connect(targetPort, '127.0.0.1');
    for (const one of [socket, target]) {
      sockets.add(one);
      one.on('error', () => {});
      one.once('close', () => {
        sockets.delete(one);
        socket.destroy();
        target.destroy();
      });
    }
    socket.on('data', (bytes) => {
      if (proxy.fault === 'hold') return;
      proxy.sentBytes += bytes.length;
      proxy.onSend?.(bytes);
      if (!target.destroyed && !target.write(bytes)) {
        socket.pause();
        target.once('drain', () => socket.resume());
      }
    });
    target.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = {
    port: (server.address() as net.AddressInfo).port,
    sentBytes: 0,
    fault: 'pass' as TcpProxy['fault'],
    onSend: undefined as TcpProxy['onSend'],
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      proxy.cut();
      await closed;
    },
  };
  return proxy;
}
