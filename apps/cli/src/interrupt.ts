/** In this time after the first signal, further ones are echoes of it: `npx` and `npm run` pass on what they got. */
const ECHO_MS = 300;

/** 128 and the number of SIGINT, as shells have it. */
export const INTERRUPTED = 130;

/** Aborts on the first Ctrl-C or SIGTERM; ends the process on the second. */
export function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  let signalledAt: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (signalledAt === undefined) {
      signalledAt = now;
      process.stderr.write('\nStopping in good order. Once more to stop at once.\n');
      controller.abort();
    } else if (now - signalledAt > ECHO_MS) {
      process.exit(INTERRUPTED);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  return controller.signal;
}
