import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/**
 * The HTTP request that opened a connection, as resolvers and the access policy see it. `authenticate` may change its headers and set
 * what it knows of the user; no other connection has the same object.
 */
export interface Handshake {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly socket: IncomingMessage['socket'];
  /** Left to `authenticate`. Access policies such as `TokenTenantPolicy` read it. */
  user?: unknown;
}

/** Proves who has opened a connection, before its tenant is looked for. What it throws refuses the connection. */
export type Authenticate<Client> = (handshake: Handshake, client: Client) => void | Promise<void>;

export function handshakeOf({ method, url, headers, rawHeaders, socket }: IncomingMessage): Handshake {
  return { method: method ?? 'GET', url: url ?? '/', headers: { ...headers }, rawHeaders, socket };
}
