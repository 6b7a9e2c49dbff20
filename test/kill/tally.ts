/** What became of one strike. */
export interface Outcome {
  /** Of the work. */
  readonly label: string;
  readonly weapon: string;
  /** The code of the error that it ended with. */
  readonly said: string;
  /** Whether the work was there after the repair; `undefined` where only the checks say. */
  readonly isDone: boolean | undefined;
}

interface Line {
  strikes: number;
  untouched: number;
  complete: number;
  readonly said: Map<string, number>;
}

/** Counts outcomes by work and by what failed. */
export class Tally {
  readonly #lines = new Map<string, Line>();

  add({ label, weapon, said, isDone }: Outcome): void {
    const key = [weapon, label].join('\t');
    const line = this.#lines.get(key) ?? { strikes: 0, untouched: 0, complete: 0, said: new Map() };
    this.#lines.set(key, line);
    line.strikes += 1;
    if (isDone === true) line.complete += 1;
    if (isDone === false) line.untouched += 1;
    line.said.set(said, (line.said.get(said) ?? 0) + 1);
  }

  get strikes(): number {
    return [...this.#lines.values()].reduce((sum, { strikes }) => sum + strikes, 0);
  }

  /** A line for each kind of work and each weapon. */
  table(): string {
    const rows = [...this.#lines].sort().map(([key, { strikes, untouched, complete, said }]) => {
      const isKnown = untouched + complete > 0;
      const words = [...said].sort().map(([word, count]) => `${count} × ${word}`);
      return [
        ...key.split('\t'),
        String(strikes),
        isKnown ? String(untouched) : '–',
        isKnown ? String(complete) : '–',
        words.join(', '),
      ];
    });
    const all = [['what failed', 'work', 'strikes', 'untouched', 'complete', 'it said'], ...rows];
    const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
    return all
      .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
      .join('\n');
  }
}
