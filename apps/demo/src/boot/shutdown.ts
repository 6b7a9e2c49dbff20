type Close = () => Promise<unknown>;

/**
 * In this time after the first signal, further ones are echoes of it: a terminal sends Ctrl-C to every process of
 * the group, and `npm` and `nest start` pass on to us what they got.
 */
const ECHO_MS = 1_000;

/** Closes what was opened, last first, when the process is asked to end. */
export class Shutdown {
  readonly #opened: Close[] = [];
  #closing: Promise<void> | undefined;
  #signalledAt: number | undefined;

  /** True once the end has begun: errors of work still under way are its consequence then. */
  get begun(): boolean {
    return this.#closing !== undefined;
  }

  /** Has `close` called at the end, before those that were deferred earlier. */
  defer(close: Close): void {
    this.#opened.push(close);
  }

  /** Ends the process in good order on SIGINT and SIGTERM; a second one ends it at once. */
  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.#onSignal());
  }

  /** Calls every deferred function, also when one before it fails. Such failures are reported on stderr. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  #onSignal(): void {
    const now = performance.now();
    if (this.#signalledAt === undefined) {
      this.#signalledAt = now;
      process.stdout.write('\nStopping. Once more to stop at once.\n');
      void this.close().then(() => process.exit(0));
    } else if (now - this.#signalledAt > ECHO_MS) {
      process.exit(130);
    }
  }

  async #closeAll(): Promise<void> {
    for (let close = this.#opened.pop(); close; close = this.#opened.pop()) {
      await close().catch((error: unknown) => console.error(error));
    }
  }
}
