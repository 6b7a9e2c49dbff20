/** Signals within this time after the first are copies of it: `npx` and `npm run` pass on the signals they get. */
const ECHO_MS = 300;

/** 128 plus the number of SIGINT, the convention of shells. */
export const INTERRUPTED = 130;

/** Aborts on the first Ctrl-C or SIGTERM; ends the process on the second. */
export function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  let signalledAt: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (signalledAt === undefined) {
      signalledAt = now;
      process.stderr.write('\nStopping gracefully. Press Ctrl-C again to stop immediately.\n');
      controller.abort();
    } else if (now - signalledAt > ECHO_MS) {
      process.exit(INTERRUPTED);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  return controller.signal;
}
