import type { Catalog } from '@rowhouse/core';

/** The first place where the chain does not hold. */
export interface AuditFault {
  /** The entry that does not fit, or that is missing. */
  readonly seq: number;
  readonly problem: AuditProblem;
  /** A sentence for people. */
  readonly detail: string;
}

export const AUDIT_PROBLEMS = ['missing', 'changed', 'unchained', 'forged', 'checkpoint'] as const;
/**
 * `missing`: an entry is not there. `changed`: its hash is not that of its content. `unchained`: it does not follow the entry before.
 * `forged`: an entry that nobody appended. `checkpoint`: entries were dropped, and none says so.
 */
export type AuditProblem = (typeof AUDIT_PROBLEMS)[number];

export interface AuditVerification {
  readonly isIntact: boolean;
  readonly fault: AuditFault | null;
  /** How many entries were looked at. */
  readonly entries: number;
  /** The last entry that was dropped by retention; the chain is verified from there. 0 for none. */
  readonly droppedUpTo: number;
  /** The end of the chain, to be kept elsewhere. */
  readonly head: { readonly seq: number; readonly hash: string };
}

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

const BATCH = 1_000;

interface Row {
  readonly seq: number;
  readonly hash: string;
  readonly previous: string;
  readonly isUnchanged: boolean;
  /** The last entry that this one says was dropped, and its hash. */
  readonly dropped: string | null;
}

/** What one statement sees, so that its parts belong together. */
interface Look {
  readonly headSeq: number;
  readonly headHash: string;
  readonly checkpointSeq: number;
  readonly checkpointHash: string;
  readonly beforeCheckpoint: number | null;
  readonly rows: readonly Row[];
}

// jsonb_agg keeps one batch in one row, beside the head and the checkpoint of the same snapshot.
const LOOK = `
  select h.seq::float8 as "headSeq", pg_catalog.encode(h.hash, 'hex') as "headHash",
         coalesce(c.seq, 0)::float8 as "checkpointSeq",
         coalesce(pg_catalog.encode(c.hash, 'hex'), pg_catalog.repeat('0', 64)) as "checkpointHash",
         (select pg_catalog.min(e.seq)::float8 from rowhouse.audit_entries e where e.seq <= coalesce(c.seq, 0)) as "beforeCheckpoint",
         coalesce((select pg_catalog.jsonb_agg(b order by b.seq, b.at) from (
           select e.seq, e.at, pg_catalog.encode(e.hash, 'hex') as hash, pg_catalog.encode(e.previous_hash, 'hex') as previous,
                  e.hash = rowhouse.audit_hash(e) as "isUnchanged",
                  case when e.action = 'audit.dropped'
                    then (e.after ->> 'lastSeq') || ' ' || (e.after ->> 'checkpoint') end as dropped
             from rowhouse.audit_entries e
            where e.seq >= greatest($1::int8, 1 + coalesce(c.seq, 0)) and (e.seq > $1 or $2::timestamptz is null or e.at > $2)
            order by e.seq, e.at limit ${BATCH}) b), '[]') as rows
    from rowhouse.audit_head h
    left join lateral (select * from rowhouse.audit_checkpoints order by seq desc limit 1) c on true`;

/** Walks the chain in batches: however long it is, one batch is in memory. */
export async function verifyAudit(
  catalog: Pick<Catalog, 'query'>,
  { signal, onProgress }: VerifyOptions = {},
): Promise<AuditVerification> {
  let last: { seq: number; at: string; hash: string } | undefined;
  let start: { seq: number; hash: string } | undefined;
  let announced = new Set<string>();
  let entries = 0;
  for (;;) {
    signal?.throwIfAborted();
    const look: Look & { rows: readonly (Row & { at: string })[] } = await lookAt(catalog, last);
    const { headSeq, headHash, checkpointSeq, checkpointHash, beforeCheckpoint, rows } = look;
    const checkpoint = { seq: checkpointSeq, hash: checkpointHash };
    const end = (fault: AuditFault | null): AuditVerification => ({
      isIntact: fault === null,
      fault,
      entries,
      droppedUpTo: checkpointSeq,
      head: { seq: headSeq, hash: headHash },
    });
    if (beforeCheckpoint !== null)
      return end(faultAt(beforeCheckpoint, 'forged', 'It was dropped, and is there again.'));
    // Where entries were dropped meanwhile, the chain goes on from there.
    if (!start || checkpointSeq > (last?.seq ?? start.seq)) {
      start = checkpoint;
      last = undefined;
      announced = new Set();
    }
    let previous: { seq: number; hash: string } = last ?? start;
    for (const row of rows) {
      const fault = faultOf(row, previous, headSeq);
      if (fault) return end(fault);
      if (row.dropped === keyOf(checkpoint)) announced.add(row.dropped);
      previous = row;
      last = row;
      entries += 1;
    }
    onProgress?.({ done: entries, total: Math.max(headSeq - checkpointSeq, entries) });
    if (rows.length === BATCH) continue;
    if (previous.seq < headSeq) return end(missing(previous.seq + 1));
    if (previous.hash !== headHash)
      return end(faultAt(headSeq, 'unchained', 'It is not the entry that was appended last.'));
    if (checkpointSeq > 0 && !announced.has(keyOf(checkpoint)))
      return end(
        faultAt(checkpointSeq, 'checkpoint', 'Entries up to it were dropped, and no entry says so.'),
      );
    return end(null);
  }
}

async function lookAt(
  catalog: Pick<Catalog, 'query'>,
  last: { seq: number; at: string } | undefined,
): Promise<Look & { rows: readonly (Row & { at: string })[] }> {
  const { rows } = await catalog.query(LOOK, [last?.seq ?? 0, last?.at ?? null]);
  if (!rows[0]) throw new Error('The audit trail has no head.');
  return rows[0];
}

function faultOf(row: Row, previous: { seq: number; hash: string }, headSeq: number): AuditFault | undefined {
  if (row.seq <= previous.seq) return faultAt(row.seq, 'forged', 'There are two entries of this number.');
  if (row.seq > headSeq)
    return faultAt(row.seq, 'forged', 'It comes after the entry that was appended last.');
  if (row.seq > previous.seq + 1) return missing(previous.seq + 1);
  if (!row.isUnchanged) return faultAt(row.seq, 'changed', 'Its hash is not the hash of what it says.');
  if (row.previous !== previous.hash)
    return faultAt(row.seq, 'unchained', 'It does not follow the entry before it.');
  return undefined;
}

const keyOf = ({ seq, hash }: { seq: number; hash: string }) => `${seq} ${hash}`;

const missing = (seq: number) => faultAt(seq, 'missing', 'It is not there.');

function faultAt(seq: number, problem: AuditProblem, detail: string): AuditFault {
  return { seq, problem, detail };
}
