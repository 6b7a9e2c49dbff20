import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RunningStatement, StatementReader } from '@rowhouse/core/internal';
import { keptTextOf, type SeenTexts } from './recent-activity.js';

/** Tenants whose statements are read, texts of each, and shapes that are reported of each. */
const TENANTS = 10;
const TEXTS = 20;
const SHAPES = 5;
/** Characters. What is longer is cut. */
const MAX_SHAPE = 500;

/** Statements of a tenant that differ in values only. */
export interface SeenShape {
  /** Without values; `null` for those that could not be read, or are too long. */
  readonly shape: string | null;
  /** In how many looks one was under way. */
  seen: number;
  /** Those under way now, and how long the longest has been. Milliseconds. */
  running: number;
  longestMs: number;
}

/** What makes the database time of one tenant. */
export interface SeenShapes {
  /** Looks in which any statement of the tenant was under way, each counted for itself. */
  readonly seen: number;
  /** Those that were seen most. */
  readonly shapes: readonly SeenShape[];
}

/** Takes the values out of statements. What it has read for one report it knows in the next. */
export class StatementShapes {
  #known = new Map<string, string>();

  /**
   * @param tenantIds - those with the most database time first.
   * @returns by the tenant's id. Between two texts others get their turn.
   */
  async of(
    tenantIds: readonly string[],
    texts: ReadonlyMap<string, SeenTexts>,
    running: readonly RunningStatement[],
  ): Promise<Record<string, SeenShapes>> {
    const known = this.#known;
    this.#known = new Map();
    const found: Record<string, SeenShapes> = {};
    for (const tenantId of tenantIds.slice(0, TENANTS)) {
      const seen = texts.get(tenantId);
      if (!seen) continue;
      const underWay = underWayOf(tenantId, running);
      const shapes = new Map<string | null, SeenShape>();
      const most = [...seen].sort(([, a], [, b]) => b - a);
      for (const [index, [text, times]] of most.entries()) {
        // What is seen least is not worth its reading.
        const shape = index < TEXTS ? await this.#shapeOf(text, known) : null;
        const of = shapes.get(shape) ?? { shape, seen: 0, running: 0, longestMs: 0 };
        const now = underWay.get(text) ?? [];
        of.seen += times;
        of.running += now.length;
        of.longestMs = Math.max(of.longestMs, ...now);
        shapes.set(shape, of);
      }
      const sorted = [...shapes.values()].sort((a, b) => b.seen - a.seen);
      found[tenantId] = {
        seen: most.reduce((sum, [, times]) => sum + times, 0),
        shapes: sorted.slice(0, SHAPES),
      };
    }
    return found;
  }

  async #shapeOf(text: string, known: ReadonlyMap<string, string>): Promise<string | null> {
    if (text === '') return null;
    let shape = known.get(text) ?? this.#known.get(text);
    if (shape === undefined) {
      await nextTurn();
      // Without a parser there are no shapes.
      const reader = await StatementReader.load().catch(() => undefined);
      shape = reader?.shapeOf(text);
    }
    if (shape === undefined) return null;
    this.#known.set(text, shape);
    return shape.length > MAX_SHAPE ? `${shape.slice(0, MAX_SHAPE)}…` : shape;
  }
}

/** How long each statement of a tenant has been under way, by its text. Milliseconds. */
function underWayOf(
  tenantId: string,
  running: readonly RunningStatement[],
): ReadonlyMap<string, readonly number[]> {
  const ages = new Map<string, number[]>();
  for (const { key, text, ageMs } of running) {
    if (key !== tenantId) continue;
    const kept = keptTextOf(text);
    ages.set(kept, [...(ages.get(kept) ?? []), ageMs]);
  }
  return ages;
}
