import { copyLinesOf } from '../copy/copy-rows.js';
import { JournalRefusedError } from '../errors.js';

/** Of a row's hash at the beginning of its line. */
const HASH_LENGTH = 64;
const CHUNK_BYTES = 64 * 1_024;
const TAB = '\t';

interface Line {
  readonly hash: string;
  readonly rest: string;
}

/**
 * The rows of a table as they were, in COPY's text format: the rows of now, without those that came since, and with those that went.
 *
 * @param now - lines of a row's hash and its columns, sorted by the hash.
 * @param since - lines of a row's hash, of how often it went more than it came, and of its columns, sorted by the hash.
 * @param onRows - called with how many rows were written.
 * @throws {JournalRefusedError} when rows came that are not there.
 */
export async function* rowsAt(
  now: AsyncIterable<Buffer>,
  since: AsyncIterable<Buffer>,
  table: string,
  onRows: (count: number) => void,
): AsyncGenerator<Buffer> {
  const [rows, changes] = [linesOf(now), linesOf(since)];
  let chunk: string[] = [];
  let length = 0;
  let [row, change] = [await next(rows), await next(changes)];
  while (row || change) {
    let text: string;
    let count = 0;
    if (change && (!row || change.hash <= row.hash)) {
      const at = change.rest.indexOf(TAB);
      count = Number(at < 0 ? change.rest : change.rest.slice(0, at));
      text = at < 0 ? '' : change.rest.slice(at + 1);
      const { hash } = change;
      for (; row?.hash === hash; row = await next(rows)) count += 1;
      change = await next(changes);
    } else {
      text = row?.rest ?? '';
      count = 1;
      row = await next(rows);
    }
    if (count < 0)
      throw new JournalRefusedError(
        `The journal does not agree with the rows of the table ${table}: they were written while its triggers were off. Disable the journal, and enable it again.`,
      );
    onRows(count);
    for (; count > 0; count -= 1) {
      chunk.push(text, '\n');
      length += text.length + 1;
    }
    if (length >= CHUNK_BYTES) {
      yield Buffer.from(chunk.join(''));
      [chunk, length] = [[], 0];
    }
  }
  if (length > 0) yield Buffer.from(chunk.join(''));
}

async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  for await (const line of copyLinesOf(source)) {
    const text = line.toString('utf8');
    yield { hash: text.slice(0, HASH_LENGTH), rest: text.slice(HASH_LENGTH + TAB.length) };
  }
}

async function next(lines: AsyncGenerator<Line>): Promise<Line | undefined> {
  const { done, value } = await lines.next();
  return done ? undefined : value;
}
