import { isTenantId } from '../tenant.js';
import type { TenantChangeHandler } from './tenant-store.js';

/** How long changes are gathered before they are reported, in milliseconds. */
export const GATHERED_FOR_MS = 10;
/** With more tenants than this in one batch, anything counts as changed. */
export const REPORTED_AT_MOST = 100;

/** Ends a wait that has been begun. */
type Cancel = () => void;

/** Calls `work` when changes have been gathered for long enough. */
export type Schedule = (work: () => void) => Cancel;

const afterAWhile: Schedule = (work) => {
  const timer = setTimeout(work, GATHERED_FOR_MS).unref();
  return () => clearTimeout(timer);
};

/**
 * Gathers what is notified of tenants, and reports it together: each tenant once, and everything once instead of many
 * tenants. Whatever arrives, and however much of it, costs its reader no more than that: anybody who may connect to a
 * database may notify any channel in it.
 */
export class ChangeBatch {
  readonly #changed: TenantChangeHandler;
  readonly #schedule: Schedule;
  readonly #tenants = new Set<string>();
  #isEverything = false;
  #cancel: Cancel | undefined;

  constructor(changed: TenantChangeHandler, schedule: Schedule = afterAWhile) {
    this.#changed = changed;
    this.#schedule = schedule;
  }

  /**
   * @param payload - a tenant's id; empty (a TRUNCATE, an operator's bare NOTIFY) when anything may have changed.
   * @returns false for what the catalog's triggers do not send; it is left out.
   */
  add(payload: string): boolean {
    if (payload === '') this.#addEverything();
    else if (!isTenantId(payload)) return false;
    else if (!this.#isEverything) {
      this.#tenants.add(payload);
      if (this.#tenants.size > REPORTED_AT_MOST) this.#addEverything();
    }
    this.#cancel ??= this.#schedule(() => this.#report());
    return true;
  }

  /** Reports at once that anything may have changed. */
  reportEverything(): void {
    this.end();
    this.#changed(undefined);
  }

  /** Forgets what was not reported yet. */
  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isEverything = false;
    this.#tenants.clear();
  }

  #addEverything(): void {
    this.#isEverything = true;
    this.#tenants.clear();
  }

  #report(): void {
    const tenants = this.#isEverything ? [undefined] : [...this.#tenants];
    this.end();
    for (const tenant of tenants) this.#changed(tenant);
  }
}
