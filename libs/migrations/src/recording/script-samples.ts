import type { ScriptStatement } from '@rowhouse/core/internal';
import { isSameScript, type RecordedMigration } from './migration-recorder.js';

/** The recorded statements of a change. */
export interface RecordedChange {
  /** Creates TypeORM's own tables: for migrations, and for metadata if the entities need it. */
  readonly prelude: readonly ScriptStatement[];
  readonly migrations: readonly RecordedMigration[];
}

/** How a home gets a change: by the classes, with or without recording a sample, or by the script made from the samples. */
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

/** How many homes are recorded before the script is used: two, so that differences between homes show. */
const SAMPLES = 2;

/**
 * Records the first two homes that get a change by the classes. If both ran the same statements, all other homes get them as
 * a script, in one round trip. If the change depends on data, or the samples differ, the classes run in every home.
 */
export class ScriptSamples {
  readonly #samplings = new Map<string, Sampling>();

  /** How the next home gets the change. Waits while the samples are being recorded. After `sample`, the caller must call {@link take}. */
  async next(key: string): Promise<Turn> {
    const sampling = this.#samplingOf(key);
    while (!sampling.verdict && sampling.recorded.length + sampling.underWay >= SAMPLES)
      await new Promise<void>((resolve) => sampling.waiting.push(resolve));
    if (sampling.verdict) return sampling.verdict;
    sampling.underWay += 1;
    return { how: 'sample' };
  }

  /** The script of a change; `undefined` while it is not known, and when there is none. */
  scriptOf(key: string): RecordedChange | undefined {
    const verdict = this.#samplings.get(key)?.verdict;
    return verdict?.how === 'script' ? verdict.change : undefined;
  }

  /** Records a sample. If the home fails, the next home becomes the sample. */
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
    const change = first && second && compareRecordings(first, second);
    // One sample is enough to know that a change depends on data.
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

/**
 * Compares two recordings of a change. A migration whose statements differ depends on time, randomness or the home, so it
 * is marked as data dependent.
 */
export function compareRecordings(first: RecordedChange, second: RecordedChange): RecordedChange {
  return {
    prelude: first.prelude,
    migrations: first.migrations.map((one, index) => {
      const again = second.migrations[index];
      if (one.dataDependence || (again && !again.dataDependence && isSameScript(one.script, again.script)))
        return one;
      return {
        ...one,
        dataDependence: again?.dataDependence ?? 'its statements are not the same each time',
      };
    }),
  };
}
