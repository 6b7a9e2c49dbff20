/** What became of the contents that rows name, of one companion. */
export interface ContentsReport {
  /** Of the companion: `files`. */
  readonly name: string;
  /** Whether they go along. If not, rows name what is not there. */
  readonly isIncluded: boolean;
  readonly objects: number;
  readonly bytes: number;
  /** Those that rows name, and that were not there, or were not what the rows say. */
  readonly missing: number;
}

/** Counts as they go. */
export class ContentsCount implements ContentsReport {
  readonly isIncluded = true;
  objects = 0;
  bytes = 0;
  missing = 0;

  constructor(readonly name: string) {}

  add(sizeBytes: number): void {
    this.objects += 1;
    this.bytes += sizeBytes;
  }

  get report(): ContentsReport {
    const { name, isIncluded, objects, bytes, missing } = this;
    return { name, isIncluded, objects, bytes, missing };
  }
}

export function notIncluded(name: string): ContentsReport {
  return { name, isIncluded: false, objects: 0, bytes: 0, missing: 0 };
}
