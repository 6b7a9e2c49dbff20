import { Signal } from '../support/signal.js';
import type { Catalog } from './catalog.js';

export interface DueLoopOptions {
  /** The caller closes it, after the loop. */
  readonly catalog: Catalog;
  /** Where new work is announced, by NOTIFY. */
  readonly channel: string;
  /** How often work is looked for in any case: a notification may be lost. */
  readonly pollMs: number;
  /** Begins what is due. @returns how many milliseconds until the next is, where that is known. */
  readonly takeDue: () => Promise<number | undefined>;
  /** Called with errors of the catalog; what failed is tried again. It must not throw. */
  readonly onProblem: (error: unknown) => void;
}

/** Begins work when it is due: when it is announced, when its time has come, and in any case now and then. */
export class DueLoop {
  readonly #options: DueLoopOptions;
  readonly #signal = new Signal();
  #work: Promise<void> | undefined;
  #listening: Promise<(() => Promise<void>) | void> | undefined;
  #isClosing = false;

  constructor(options: DueLoopOptions) {
    this.#options = options;
  }

  get isStarted(): boolean {
    return this.#work !== undefined;
  }

  start(): void {
    this.#work ??= this.#untilClosed();
  }

  /** Something may be due. */
  wake(): void {
    this.#signal.call();
  }

  /** Begins nothing more. Answers when a look that is under way has ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.wake();
    await this.#work;
  }

  /** After {@link close}. It may still be connecting, and nothing depends on it. */
  async stopListening(): Promise<void> {
    const stop = await this.#listening;
    await stop?.();
  }

  async #untilClosed(): Promise<void> {
    const { takeDue, pollMs, onProblem } = this.#options;
    while (!this.#isClosing) {
      this.#listen();
      const nextMs = await takeDue().catch(onProblem);
      await this.#signal.within(Math.min(pollMs, Math.ceil(nextMs ?? pollMs) + 1));
    }
  }

  /**
   * Subscribes once; the catalog reconnects by itself. Nothing waits for it: until it has subscribed, and if it cannot, polling finds
   * what is due.
   */
  #listen(): void {
    const { catalog, channel, onProblem } = this.#options;
    const wake = () => this.wake();
    this.#listening ??= catalog
      .listen(channel, { notified: wake, missed: wake, lost: onProblem })
      .then((stop) => {
        // What was written before this went unheard.
        wake();
        return stop;
      })
      .catch((error: unknown) => {
        this.#listening = undefined;
        onProblem(error);
      });
  }
}
