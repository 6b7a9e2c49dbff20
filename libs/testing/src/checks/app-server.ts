import type { AddressInfo, Server } from 'node:net';

/** The parts of a Nest application that are needed; any object with a Node HTTP server and a `listen` will do. */
export interface ServableApp {
  getHttpServer(): Pick<Server, 'address' | 'listening'>;
  listen(port: number, hostname: string): Promise<unknown>;
}

/** A Nest application, or where one is served. */
export type AppOrUrl = ServableApp | URL | string;

/** Where to send requests. An application that does not listen yet is made to, on a free port of 127.0.0.1. */
export async function baseUrlOf(app: AppOrUrl): Promise<URL> {
  if (typeof app === 'string' || app instanceof URL) return new URL(app);
  if (!app.getHttpServer().listening) await app.listen(0, '127.0.0.1');
  const address = app.getHttpServer().address();
  if (!isTcp(address)) throw new TypeError('The application listens on no TCP port; pass its URL instead.');
  return new URL(`http://${hostOf(address)}:${address.port}`);
}

function isTcp(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

/** One that listens on all addresses is reached on loopback. */
function hostOf({ address, family }: AddressInfo): string {
  if (address === '::' || address === '0.0.0.0') return 'localhost';
  return family === 'IPv6' ? `[${address}]` : address;
}
