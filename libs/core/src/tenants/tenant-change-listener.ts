import { Notifications, type NotificationsOptions } from '../catalog/notifications.js';
import { isTenantId } from '../tenant.js';
import type { TenantChangeFeed, TenantChangeHandler } from './tenant-store.js';

/** The PostgreSQL notification channel that the catalog's triggers write to. The payload is the tenant's id. */
export const TENANT_CHANGE_CHANNEL = 'rowhouse_tenants';

/**
 * Reports changes of tenants in the catalog, by LISTEN on a direct connection that is open while there are subscribers. After
 * a connection was lost, each subscriber is told `undefined`: anything may have changed.
 */
export class TenantChangeListener implements TenantChangeFeed {
  readonly #notifications: Notifications;
  readonly #isOwn: boolean;
  readonly #ends = new Set<() => Promise<void>>();

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

  /**
   * Begins to report changes; waits while the connection is being made again.
   *
   * @param changed - must not throw.
   * @throws what `pg` throws when the first connection fails.
   */
  async subscribe(changed: TenantChangeHandler): Promise<() => Promise<void>> {
    const end = await this.#notifications.subscribe(TENANT_CHANGE_CHANNEL, {
      // A payload that is no tenant's id (an operator's bare NOTIFY, a TRUNCATE) means that anything may have changed.
      notified: (payload) => changed(isTenantId(payload) ? payload : undefined),
      missed: () => changed(undefined),
    });
    this.#ends.add(end);
    return () => {
      this.#ends.delete(end);
      return end();
    };
  }

  /** Ends every subscription, and the connection unless it is the catalog's. */
  async close(): Promise<void> {
    if (this.#isOwn) return this.#notifications.close();
    await Promise.all([...this.#ends].map((end) => end()));
  }
}
