/** The part of pg's connection that is written to. */
interface Connection {
  query(text: string): void;
}

/**
 * A query object of pg for an `EXPLAIN` with parameters, which stand for no values. The simple protocol has none; in the other one,
 * in which pools send texts, the server would ask for a value of each, and plan for that one.
 */
export class ExplainQuery {
  readonly text: string;
  readonly lines: Promise<readonly string[]>;
  readonly #lines: string[] = [];
  #done: (error: Error | undefined) => void = () => {};

  constructor(text: string) {
    this.text = text;
    this.lines = new Promise((resolve, reject) => {
      this.#done = (error) => (error ? reject(error) : resolve(this.#lines));
    });
  }

  submit(connection: Connection): void {
    connection.query(this.text);
  }

  handleDataRow({ fields: [line] }: { readonly fields: readonly (string | Buffer | null)[] }): void {
    this.#lines.push(String(line));
  }

  handleError(error: Error): void {
    this.#done(error);
  }

  /** After an error too, which has been reported then. */
  handleReadyForQuery(): void {
    this.#done(undefined);
  }

  handleRowDescription(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}
