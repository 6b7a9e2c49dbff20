import type { AddressInfo, Server } from 'node:net';

/** The part of a Nest application that is needed: a Node HTTP server and `listen`. */
export interface ServableApp {
  getHttpServer(): Pick<Server, 'address' | 'listening'>;
  listen(port: number, hostname: string): Promise<unknown>;
}

/** A Nest application, or the URL of one. */
export type AppOrUrl = ServableApp | URL | string;

/** The URL for requests. Makes an application listen that does not yet, on a free port of 127.0.0.1. */
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

/** A server that listens on all addresses is reached on loopback. */
function hostOf({ address, family }: AddressInfo): string {
  if (address === '::' || address === '0.0.0.0') return 'localhost';
  return family === 'IPv6' ? `[${address}]` : address;
}
