import { Notifications, type NotificationsOptions } from '../catalog/notifications.js';
import type { ScriptStatement } from '../pin/pinned-query.js';
import { ChangeBatch } from './change-batch.js';
import type { TenantChangeFeed, TenantChangeHandler } from './tenant-store.js';

/** The PostgreSQL notification channel that the catalog's triggers write to. The payload is the tenant's id. */
export const TENANT_CHANGE_CHANNEL = 'rowhouse_tenants';

/**
 * Has every instance read tenants anew, although nothing of their rows has changed.
 *
 * @param tenantIds - `undefined` stands for all tenants.
 */
export function announceChange(tenantIds: readonly string[] | undefined): ScriptStatement {
  return {
    text: 'select pg_catalog.pg_notify($1, id) from pg_catalog.unnest($2::pg_catalog.text[]) id',
    values: [TENANT_CHANGE_CHANNEL, tenantIds ?? ['']],
  };
}

/**
 * Reports changes of tenants in the catalog, by LISTEN on a direct connection that is open while there are subscribers. After
 * a connection was lost, each subscriber is told `undefined`: anything may have changed.
 *
 * Changes are gathered for 10 milliseconds; with more than a hundred tenants in that time, `undefined` is reported instead of
 * each. Payloads that are no tenant's id are counted in {@link ignored}, and nothing else.
 */
export class TenantChangeListener implements TenantChangeFeed {
  readonly #notifications: Notifications;
  readonly #isOwn: boolean;
  readonly #ends = new Set<() => Promise<void>>();
  #ignored = 0;

  /**
   * @param from - the catalog's notifications, which stay their owner's to close; or how to connect.
   * @throws {OptionsInvalidError}
   */
  constructor(from: Notifications | NotificationsOptions) {
    this.#isOwn = !(from instanceof Notifications);
    this.#notifications = from instanceof Notifications ? from : new Notifications(from);
  }

  /** Whether changes are heard at this moment. */
  get isListening(): boolean {
    return this.#notifications.isListening;
  }

  /** Notifications that the catalog has not sent: somebody else uses its channel. */
  get ignored(): number {
    return this.#ignored;
  }

  /**
   * Begins to report changes; waits while the connection is being made again.
   *
   * @param changed - must not throw.
   * @throws what `pg` throws when the first connection fails.
   */
  async subscribe(changed: TenantChangeHandler): Promise<() => Promise<void>> {
    const batch = new ChangeBatch(changed);
    const unsubscribe = await this.#notifications.subscribe(TENANT_CHANGE_CHANNEL, {
      notified: (payload) => {
        if (!batch.add(payload)) this.#ignored += 1;
      },
      missed: () => batch.reportEverything(),
    });
    const end = () => {
      batch.end();
      this.#ends.delete(end);
      return unsubscribe();
    };
    this.#ends.add(end);
    return end;
  }

  /** Ends every subscription, and the connection unless it is the catalog's. */
  async close(): Promise<void> {
    await Promise.all([...this.#ends].map((end) => end()));
    if (this.#isOwn) await this.#notifications.close();
  }
}
