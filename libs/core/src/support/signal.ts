/** Wakes one loop that waits. A call that comes while the loop is at work ends its next wait at once. */
export class Signal {
  #isCalled = false;
  #wake: (() => void) | undefined;

  call(): void {
    this.#isCalled = true;
    this.#wake?.();
  }

  /** Waits for {@link call}, at most so many milliseconds. */
  async within(ms: number): Promise<void> {
    if (!this.#isCalled) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#isCalled = false;
    this.#wake = undefined;
  }
}
