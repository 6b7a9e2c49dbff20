import type { RecentWrites } from '../replicas/recent-writes.js';

/** A statement that was sent to the server, when its answer is complete, or will not come. */
export interface ObservedStatement {
  /** As it was sent: it may hold values. Several statements that were sent as one batch are one text. */
  readonly text: string;
  /**
   * From when it was sent until the server has answered all of it. A cursor's or a stream's time is that in which it holds its
   * connection.
   */
  readonly durationMs: number;
  /** Rows that came back; where none do, those that were changed or copied. */
  readonly rows: number;
  readonly failed: boolean;
  /** What {@link PoolObserver.begun} returned. */
  readonly begun: unknown;
}

/**
 * Hears of what goes through a pool, while it happens: what it does delays requests. It must not throw.
 *
 * Each `key` is the id of a tenant. The empty string stands for the system, and for what operators do under an entry: that is no
 * doing of the tenant's.
 */
export interface PoolObserver {
  /** A statement is given to a connection. Called in the context of its caller. */
  begun?(): unknown;
  statement(key: string, statement: ObservedStatement): void;
  /** A request for a connection was not served at once. It ends now, with a connection or without. */
  waited(key: string, durationMs: number): void;
  /** A request for a connection got none in time, or was refused because too many of its tenant were waiting. */
  exhausted(key: string): void;
  /** The result of a query was looked for in the query cache of TypeORM. */
  cacheRead(key: string, isHit: boolean): void;
}

/** A statement that the server has not answered yet. */
export interface RunningStatement {
  /** As in {@link PoolObserver}. */
  readonly key: string;
  /** As it was sent: it may hold values. */
  readonly text: string;
  /** Since it was sent. */
  readonly ageMs: number;
}

/** Where the pools and connections of one `TenantPool` find its observer. */
export class PoolObservation {
  observer: PoolObserver | undefined;
  /** What has a statement under way, while there is an observer. */
  readonly running = new Set<{ running(): RunningStatement }>();
  /** Where writes are noted, if reads go elsewhere. */
  writes: RecentWrites | undefined;
}
