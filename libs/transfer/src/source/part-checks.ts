import { CONTENTS, MIN_PART_BYTES } from '../archive/archive-format.js';
import { ArchiveInvalidError } from '../errors.js';

const NEWLINE = Buffer.from('\n');
/** PostgreSQL would pass over all rows after it, without a word (manual, COPY, "Text Format"). */
const END_OF_COPY = Buffer.from('\n\\.\n');

/** Checks the parts of an archive that no checksum speaks of, in their order. */
export class PartChecks {
  #folder = '';
  #bytes = 0;
  #end: Buffer = NEWLINE;

  /** @throws {ArchiveInvalidError} for a part that no export writes. */
  check(name: string, content: Buffer): void {
    const folder = name.slice(0, name.lastIndexOf('/'));
    const isFirst = folder !== this.#folder;
    if (content.length === 0 || (!isFirst && this.#bytes < MIN_PART_BYTES))
      throw new ArchiveInvalidError('A part of the archive is smaller than an export writes it.');
    [this.#folder, this.#bytes] = [folder, content.length];
    if (name.startsWith(CONTENTS)) return;
    const before = isFirst ? NEWLINE : this.#end;
    const border = Buffer.concat([before, content.subarray(0, END_OF_COPY.length)]);
    if (border.includes(END_OF_COPY) || content.includes(END_OF_COPY))
      throw new ArchiveInvalidError('The rows of the archive have an end of COPY among them.');
    this.#end = Buffer.concat([before, content.subarray(-END_OF_COPY.length)]).subarray(
      1 - END_OF_COPY.length,
    );
  }
}
