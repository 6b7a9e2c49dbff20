/** One row: a text for each column, `null` for NULL. */
export type CopyRow = readonly (string | null)[];

const NEWLINE = 0x0a;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The rows of COPY's text format (manual, COPY, "Text Format"), as PostgreSQL writes it. */
export async function* copyRowsOf(source: AsyncIterable<Buffer>): AsyncGenerator<CopyRow> {
  let rest: Buffer[] = [];
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      yield rowOf(Buffer.concat([...rest, chunk.subarray(from, at)]));
      rest = [];
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield rowOf(Buffer.concat(rest));
}

function rowOf(line: Buffer): CopyRow {
  return line
    .toString('utf8')
    .split('\t')
    .map((field) =>
      field === '\\N' ? null : field.replace(/\\(.)/gs, (_, escaped) => ESCAPES[escaped] ?? escaped),
    );
}
