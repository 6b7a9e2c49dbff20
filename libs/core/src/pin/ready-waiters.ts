import type { PgConnection } from './pg-internals.js';

/**
 * Ends the wait of whoever waits for a lost connection to be ready, now or later: a cursor or a stream that closes would
 * wait for ever.
 */
export function letWaitersGo(connection: PgConnection): void {
  for (const listener of connection.rawListeners('readyForQuery')) {
    const isOfOnce = 'listener' in listener;
    if (isOfOnce) process.nextTick(listener);
  }
  const { once } = connection;
  connection.once = (event, listener) => {
    if (event !== 'readyForQuery') return once.call(connection, event, listener);
    process.nextTick(listener);
    return connection;
  };
}
