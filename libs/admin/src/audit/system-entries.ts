import { channel } from 'node:diagnostics_channel';
import { hostname } from 'node:os';
import { type Catalog, SYSTEM_CONTEXT_CHANNEL, type SystemEntry } from '@rowhouse/core';
import { auditStatement, escapeControls } from '@rowhouse/core/internal';

const WRITE_EVERY_MS = 60_000;
/** Reasons that hold an id, and tenants, may be many. */
const MAX_COUNTS = 200;
/** `@SystemRoute()` without a reason of its own: it says nothing but the route, and the route's changes have entries. */
const ROUTE = /^route \w+\.\w*$/;

interface Count {
  readonly reason: string;
  readonly tenantId: string | undefined;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * Records that code entered the system context, and why. Entries are counted by reason and by the tenant in force before, and
 * written once a minute: an app that enters it for each request leaves one entry a minute, and waits for none.
 */
export class SystemEntries {
  readonly #catalog: Pick<Catalog, 'run'>;
  #counts = new Map<string, Count>();
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(catalog: Pick<Catalog, 'run'>) {
    this.#catalog = catalog;
  }

  /** @param onError - called when entries cannot be written; they are kept until the next time. */
  start(onError: (error: unknown) => void): void {
    if (this.#timer) return;
    channel(SYSTEM_CONTEXT_CHANNEL).subscribe(this.#note);
    this.#timer = setInterval(() => void this.write().catch(onError), WRITE_EVERY_MS);
    this.#timer.unref();
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    channel(SYSTEM_CONTEXT_CHANNEL).unsubscribe(this.#note);
    await this.write();
  }

  /** Writes what was counted since the last time, in one transaction. */
  write(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    return written;
  }

  async #write(): Promise<void> {
    const counts = this.#counts;
    const dropped = this.#dropped;
    if (counts.size === 0 && dropped === 0) return;
    this.#counts = new Map();
    this.#dropped = 0;
    try {
      await this.#catalog.run([
        ...[...counts.values()].map(statementOf),
        ...(dropped > 0
          ? [auditStatement({ action: 'system.uncounted', by, after: { count: dropped } })]
          : []),
      ]);
    } catch (error) {
      this.#dropped += dropped;
      for (const count of counts.values()) this.#add(count);
      throw error;
    }
  }

  /** Runs in the path of requests: it counts and returns. */
  readonly #note = (message: unknown): void => {
    const { reason, outer } = message as SystemEntry;
    if (ROUTE.test(reason)) return;
    const now = Date.now();
    const tenantId = outer?.kind === 'tenant' ? outer.tenant.id : undefined;
    // PostgreSQL's text cannot hold NUL: no entry would ever be written.
    this.#add({ reason: escapeControls(reason).slice(0, 500), tenantId, from: now, to: now, count: 1 });
  };

  #add(added: Count): void {
    const key = JSON.stringify([added.tenantId, added.reason]);
    const known = this.#counts.get(key);
    if (known) {
      this.#counts.set(key, {
        ...known,
        from: Math.min(known.from, added.from),
        to: Math.max(known.to, added.to),
        count: known.count + added.count,
      });
    } else if (this.#counts.size < MAX_COUNTS) this.#counts.set(key, added);
    else this.#dropped += added.count;
  }
}

const by = { type: 'service', id: hostname().slice(0, 200) || 'unknown' };

function statementOf({ reason, tenantId, from, to, count }: Count) {
  return auditStatement({
    action: 'system.entered',
    tenantId,
    by,
    reason,
    after: { count, from: new Date(from).toISOString(), to: new Date(to).toISOString() },
  });
}
