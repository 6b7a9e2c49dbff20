import { AsyncResource } from 'node:async_hooks';
import type { Submittable } from './pg-internals.js';

// What a server answers comes in the async context of the socket, and what a pool hands over in that of whoever
// released it. Both are given back to the context in which they were asked for.
// Not AsyncResource.bind: on Node 20 it redefines a deprecated property at each call, which costs more than the rest.

/** A callback that runs in the async context of now. */
export function inContextOfAsker<Args extends unknown[]>(
  callback: (...args: Args) => unknown,
): (...args: Args) => void {
  const asker = new AsyncResource('rowhouse.callback');
  return (...args) => void asker.runInAsyncScope(callback, undefined, ...args);
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

/** Makes a stream, a cursor or another query object tell its listeners in the async context of now. */
export function takeAnswersInContextOfAsker(query: Submittable): Submittable {
  const asker = new AsyncResource('rowhouse.query');
  const handlers = query as unknown as Record<string, unknown>;
  for (const name of ANSWER_HANDLERS) {
    const handler = handlers[name];
    if (typeof handler !== 'function') continue;
    handlers[name] = (...answer: unknown[]) =>
      asker.runInAsyncScope(() => Reflect.apply(handler, query, answer));
  }
  return query;
}
