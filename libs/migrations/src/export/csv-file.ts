import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import copyStreams from 'pg-copy-streams';

/** The size and the checksum of a written file. */
export interface WrittenFile {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes the result of a query to a new file that only this user can read. */
export async function writeCsv(
  client: Pick<pg.ClientBase, 'query'>,
  query: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<WrittenFile> {
  const copy = client.query(copyStreams.to(`copy (${query}) to stdout (format csv, header)`));
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      bytes += chunk.length;
      next(null, chunk);
    },
  });
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(copy, measure, file, { signal });
  return { rows: copy.rowCount, bytes, sha256: hash.digest('hex') };
}
