import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StatementReader } from '@rowhouse/core/internal';

/** Statements whose text is kept until the next flush: of all tenants, and of one. Of more, only the number is known. */
const MOST_KEPT = 500;
const MOST_KEPT_OF_TENANT = 50;
/** Characters. Longer texts are not kept: they are generated, and seldom sent twice. */
const MAX_TEXT = 8_192;

interface Kept {
  readonly tenantId: string;
  readonly text: string | undefined;
  readonly durationUs: number;
  readonly rows: number;
}

/** Slow statements of one tenant that differ in values only. */
export interface SlowStatement {
  readonly tenantId: string;
  /** Identifies the shape. */
  readonly id: string;
  /** The text without values and comments; `undefined` for all whose texts cannot be read, or are too long. */
  readonly shape: string | undefined;
  calls: number;
  totalUs: number;
  maxUs: number;
  rows: number;
}

/** Keeps the texts of slow statements until they are flushed; then, and not before, values are taken out of them. */
export class SlowStatements {
  #kept: Kept[] = [];
  #keptOf = new Map<string, number>();

  note(tenantId: string, text: string, durationUs: number, rows: number): void {
    const ofTenant = this.#keptOf.get(tenantId) ?? 0;
    if (this.#kept.length >= MOST_KEPT || ofTenant >= MOST_KEPT_OF_TENANT) return;
    this.#keptOf.set(tenantId, ofTenant + 1);
    this.#kept.push({ tenantId, text: text.length > MAX_TEXT ? undefined : text, durationUs, rows });
  }

  /** Hands out what was noted since the last call. Between two texts others get their turn. */
  async take(): Promise<readonly SlowStatement[]> {
    const kept = this.#kept;
    if (kept.length === 0) return [];
    this.#kept = [];
    this.#keptOf = new Map();
    // Without a parser there are no shapes, and everything else is counted.
    const reader = await StatementReader.load().catch(() => undefined);
    const byShape = new Map<string, SlowStatement>();
    for (const { tenantId, text, durationUs, rows } of kept) {
      await nextTurn();
      const shape = text === undefined ? undefined : reader?.shapeOf(text);
      const id = shape === undefined ? 'unknown' : idOf(shape);
      const key = `${tenantId} ${id}`;
      const known = byShape.get(key) ?? { tenantId, id, shape, calls: 0, totalUs: 0, maxUs: 0, rows: 0 };
      known.calls += 1;
      known.totalUs += durationUs;
      known.maxUs = Math.max(known.maxUs, durationUs);
      known.rows += rows;
      byShape.set(key, known);
    }
    return [...byShape.values()];
  }
}

function idOf(shape: string): string {
  return createHash('sha256').update(shape).digest('hex').slice(0, 16);
}
