/**
 * A value that is made when it is first asked for, and once. A failure is not kept: whoever waited for it gets the error, and
 * the next caller tries again.
 */
export class Lazy<T> {
  readonly #make: () => Promise<T>;
  #value: Promise<T> | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  get(): Promise<T> {
    if (this.#value) return this.#value;
    const value = this.#make().catch((error: unknown) => {
      if (this.#value === value) this.#value = undefined;
      throw error;
    });
    this.#value = value;
    return value;
  }

  /** Gives up the value, if there is one, for its owner to close; the next call of {@link get} makes another. */
  async take(): Promise<T | undefined> {
    const value = this.#value;
    this.#value = undefined;
    return value?.catch(() => undefined);
  }
}
