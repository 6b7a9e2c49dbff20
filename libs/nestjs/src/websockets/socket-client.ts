import type { IncomingMessage } from 'node:http';
import { RowhouseError } from '@rowhouse/core';
import { HandshakeFailedError } from '../errors.js';
import { replyToSocket } from '../http/socket-reply.js';

/** A socket of socket.io, in one of its namespaces. */
export interface IoSocket {
  readonly request: IncomingMessage;
  /** The connection below, which other namespaces may share. */
  readonly conn: { once(event: 'close', listener: () => void): unknown };
  readonly connected: boolean;
  once(event: 'disconnect', listener: () => void): unknown;
  join(room: string): unknown;
  emit(event: string, payload: object): unknown;
  disconnect(close: boolean): unknown;
}

/** A socket of `ws`. */
export interface WsSocket {
  readonly readyState: number;
  once(event: 'close', listener: () => void): unknown;
  pause(): void;
  resume(): void;
  send(text: string): void;
  close(code: number, reason: string): void;
}

export type SocketClient = IoSocket | WsSocket;

/** A namespace of socket.io, or its server, which stands for the default one. */
export interface IoNamespace {
  use(middleware: (socket: IoSocket, next: (error?: Error) => void) => void): unknown;
}

const OPEN = 1;

// Close codes of RFC 6455, section 7.4.1, and of its registry.
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;

export function isIoSocket(client: SocketClient): client is IoSocket {
  return 'conn' in client;
}

export function isIoNamespace(server: object): server is IoNamespace {
  return 'use' in server && typeof server.use === 'function';
}

export function isOpen(client: SocketClient): boolean {
  return isIoSocket(client) ? client.connected : client.readyState === OPEN;
}

/** One namespace of socket.io may be left while the connection below stays open; one that was never entered is not left. */
export function onceClosed(client: SocketClient, ended: () => void): void {
  if (isIoSocket(client)) {
    client.once('disconnect', ended);
    client.conn.once('close', ended);
  } else if (isOpen(client)) client.once('close', ended);
  else ended();
}

/** Says why with an event `exception`, and closes the connection. */
export function closeSocket(client: SocketClient, reason: RowhouseError): void {
  if (!isOpen(client)) return;
  replyToSocket(client, reason);
  if (isIoSocket(client)) client.disconnect(true);
  else client.close(closeCodeOf(reason), reason.code);
}

function closeCodeOf({ status }: RowhouseError): number {
  if (status === 503) return TRY_AGAIN_LATER;
  return status >= 500 ? INTERNAL_ERROR : POLICY_VIOLATION;
}

/** What clients are told of an error. */
export function refusalFor(error: unknown): RowhouseError {
  return error instanceof RowhouseError ? error : new HandshakeFailedError(error);
}
