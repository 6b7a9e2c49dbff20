import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy that puts a path before all of an app, as one in front of several apps does. It has an address before the app has. */
export async function startPrefixProxy(prefix: string) {
  let target = '';
  const server = createServer((from, to) => {
    const path = from.url?.startsWith(`${prefix}/`) && from.url.slice(prefix.length);
    if (!path) {
      to.writeHead(404).end();
      return;
    }
    const { method, headers } = from;
    const passed = request(`${target}${path}`, { method, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    passed.on('error', () => to.destroy());
    from.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    /** @param url - where the app is. */
    leadTo: (url: string) => {
      target = url;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
