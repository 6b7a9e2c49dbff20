/** How long a request may bring nothing before it counts as broken off. */
const IDLE_MS = 30_000;

/**
 * The bytes of a request, in pieces of limited size. Where they break off, the piece ends, and there is no other: what has arrived is
 * there to be kept.
 */
export class UploadPieces {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #idleMs: number;
  #next: Buffer | undefined;
  #failure: Error | undefined;

  constructor(body: AsyncIterable<Buffer>, idleMs = IDLE_MS) {
    this.#chunks = body[Symbol.asyncIterator]();
    this.#idleMs = idleMs;
  }

  /** Why there are no more pieces, where the request did not come to its end. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** @returns whether there is another piece. */
  async hasNext(): Promise<boolean> {
    this.#next ??= await this.#read();
    return this.#next !== undefined;
  }

  async *piece(maxBytes: number): AsyncGenerator<Buffer> {
    let left = maxBytes;
    while (left > 0 && (await this.hasNext())) {
      const chunk = this.#next as Buffer;
      const now = chunk.subarray(0, left);
      this.#next = chunk.length > left ? chunk.subarray(left) : undefined;
      left -= now.length;
      yield now;
    }
  }

  async #read(): Promise<Buffer | undefined> {
    if (this.#failure) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('The request brought nothing for a while.')), this.#idleMs);
    });
    try {
      for (;;) {
        const { done, value } = await Promise.race([this.#chunks.next(), silence]);
        if (done) return undefined;
        if (value.length > 0) return value;
      }
    } catch (error) {
      this.#failure = error as Error;
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
