/** How long a question holds back those that come after it. Milliseconds. */
const PATIENCE_MS = 50;

/** What is asked for together. */
interface Batch<Row> {
  readonly keys: Set<string>;
  readonly rows: Promise<ReadonlyMap<string, Row>>;
}

/**
 * Look-ups of one kind, of which many may come at the same time: those that come while a question is under way are asked in one, when it
 * is answered. One alone is asked at once, and nobody gets an answer to a question that was sent before.
 */
export class GatheredLookUps<Row> {
  readonly #ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>;
  #next: Batch<Row> | undefined;
  #underWay: Promise<void> | undefined;

  /** @param ask - finds the rows of keys, of which there is one at least; a key that has none is left out. */
  constructor(ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>) {
    this.#ask = ask;
  }

  /** @throws what `ask` throws for this key. */
  async find(key: string): Promise<Row | undefined> {
    this.#next ??= this.#begin();
    const { keys, rows } = this.#next;
    keys.add(key);
    try {
      return (await rows).get(key);
    } catch (error) {
      if (keys.size === 1) throw error;
      // The failure may be that of another key.
      return (await this.#ask([key])).get(key);
    }
  }

  #begin(): Batch<Row> {
    const keys = new Set<string>();
    const rows = this.#turn().then(() => {
      this.#next = undefined;
      return this.#ask([...keys]);
    });
    const ended = rows.then(ignore, ignore).then(() => {
      if (this.#underWay === ended) this.#underWay = undefined;
    });
    this.#underWay = ended;
    return { keys, rows };
  }

  /** Waits for the question under way, if there is one, but not long: its connection may be stuck. */
  async #turn(): Promise<void> {
    const underWay = this.#underWay;
    if (!underWay) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS).unref();
    });
    await Promise.race([underWay, late]);
    clearTimeout(timer);
  }
}

function ignore(): void {}
