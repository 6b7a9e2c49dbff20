import type { RowhouseError } from '@rowhouse/core';

/** A client of socket.io, which emits events, or of `ws`, which sends texts and has a numeric state. */
interface SocketClient {
  readonly readyState?: unknown;
  send?(text: string): void;
  emit?(event: string, payload: object): void;
}

/** Answers a message of a socket as Nest's own filter does: with an event `exception`. */
export function replyToSocket(client: SocketClient, { detail, code }: RowhouseError): void {
  const payload = { status: 'error', message: detail, code };
  if (typeof client.readyState === 'number') {
    client.send?.(JSON.stringify({ event: 'exception', data: payload }));
  } else {
    client.emit?.('exception', payload);
  }
}
