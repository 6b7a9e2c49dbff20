import { AsyncResource } from 'node:async_hooks';
import type { Submittable } from './pg-internals.js';

// A server's answer arrives in the async context of the socket, and a pooled connection in the context of the code that
// released it. These functions move both back to the context in which they were asked for. AsyncResource.bind is not
// used: on Node 20 it redefines a deprecated property at each call, which costs more than the rest.

/** Wraps a callback so that it runs in the async context in force now. */
export function bindToCaller<Args extends unknown[]>(
  callback: (...args: Args) => unknown,
): (...args: Args) => void {
  const caller = new AsyncResource('rowhouse.callback');
  return (...args) => void caller.runInAsyncScope(callback, undefined, ...args);
}

/** What a client calls on its query object when the server answers. */
const ANSWER_HANDLERS = [
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleEmptyQuery',
  'handleCommandComplete',
  'handleCopyInResponse',
  'handleCopyData',
  'handleReadyForQuery',
  'handleError',
] as const;

/** Makes a stream, a cursor or another query object call its listeners in the async context in force now. */
export function bindAnswersToCaller(query: Submittable): Submittable {
  const caller = new AsyncResource('rowhouse.query');
  const handlers = query as unknown as Record<string, unknown>;
  for (const name of ANSWER_HANDLERS) {
    const handler = handlers[name];
    if (typeof handler !== 'function') continue;
    handlers[name] = (...answer: unknown[]) =>
      caller.runInAsyncScope(() => Reflect.apply(handler, query, answer));
  }
  return query;
}
