/** Why one who waits gets nothing. */
export type GivenUp = 'timeout' | 'aborted';

export interface Patience {
  /** How long to wait; 0 waits for ever. Milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls `giveUp` once, when the time is over or the asker has gone; unless the returned function is called before, which
 * ends the wait.
 */
export function waitAtMost({ timeoutMs, signal }: Patience, giveUp: (why: GivenUp) => void): () => void {
  const timer = timeoutMs > 0 ? setTimeout(giveUp, timeoutMs, 'timeout') : undefined;
  const onAbort = () => giveUp('aborted');
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}
