import { compared, type RecordedChange } from './recorded-change.js';

/** How a home is given a change: by the classes, as one of the samples or not, or by the script that these have shown. */
export type Turn =
  | { readonly how: 'sample' }
  | { readonly how: 'classes' }
  | { readonly how: 'script'; readonly change: RecordedChange };

interface Sampling {
  readonly recorded: RecordedChange[];
  underWay: number;
  verdict: Turn | undefined;
  readonly waiting: Array<() => void>;
}

/** Homes in which a change is seen before others are given the same: two, since one alone shows no difference. */
const SAMPLES = 2;

/**
 * Learns changes from the first homes that have them by the classes: when both did the same, the others are given it as a
 * script, in one round trip. A change that reads, or differs, is asked for in each home.
 */
export class ScriptSamples {
  readonly #samplings = new Map<string, Sampling>();

  /** How the next home has a change. Waits while the samples are being taken. After `sample`, {@link take} is due. */
  async next(key: string): Promise<Turn> {
    const sampling = this.#samplingOf(key);
    while (!sampling.verdict && sampling.recorded.length + sampling.underWay >= SAMPLES)
      await new Promise<void>((resolve) => sampling.waiting.push(resolve));
    if (sampling.verdict) return sampling.verdict;
    sampling.underWay += 1;
    return { how: 'sample' };
  }

  /** Takes a sample. When the home fails, the next one takes its place. */
  async take(key: string, work: () => Promise<RecordedChange>): Promise<void> {
    let recorded: RecordedChange | undefined;
    try {
      recorded = await work();
    } finally {
      this.#done(key, recorded);
    }
  }

  #done(key: string, recorded: RecordedChange | undefined): void {
    const sampling = this.#samplingOf(key);
    sampling.underWay -= 1;
    if (recorded) sampling.recorded.push(recorded);
    const [first, second] = sampling.recorded;
    const change = first && second && compared(first, second);
    // A dependence seen once is enough.
    const dependsOnData = (change ?? recorded)?.migrations.some(
      ({ dataDependence }) => dataDependence !== undefined,
    );
    if (dependsOnData) sampling.verdict = { how: 'classes' };
    else if (change) sampling.verdict = { how: 'script', change };
    for (const wake of sampling.waiting.splice(0)) wake();
  }

  #samplingOf(key: string): Sampling {
    let sampling = this.#samplings.get(key);
    if (!sampling) {
      sampling = { recorded: [], underWay: 0, verdict: undefined, waiting: [] };
      this.#samplings.set(key, sampling);
    }
    return sampling;
  }
}
