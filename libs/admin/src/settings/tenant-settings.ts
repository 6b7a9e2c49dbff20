import {
  type Catalog,
  isTenantId,
  TenantChangeListener,
  TenantContext,
  TenantNotFoundError,
} from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { SettingsUnreadableError } from './settings-errors.js';
import type { SettingsStore } from './settings-store.js';
import { findSettings, openOverrides } from './stored-settings.js';

export interface TenantSettingsCacheOptions {
  /** How long settings are served without asking the catalog, in milliseconds. It counts where changes are not heard. Default 60,000. */
  readonly ttlMs?: number | undefined;
  /** How many tenants are held. Default 10,000. */
  readonly max?: number | undefined;
}

interface Held {
  readonly settings: Promise<object>;
  readonly freshUntil: number;
}

const optionsSchema = z.strictObject({
  ttlMs: z.int().min(0).default(60_000),
  max: z.int().min(1).default(10_000),
});

const MAX_WARNED = 10_000;

/**
 * The settings that are in force for a tenant, from memory. A change is in force at once in the process that makes it, and
 * in others as soon as PostgreSQL notifies them of it.
 */
export class TenantSettings<T extends object = Record<string, unknown>> {
  readonly #catalog: Catalog;
  readonly #store: SettingsStore;
  readonly #options: z.output<typeof optionsSchema>;
  readonly #warn: (message: string) => void;
  /** Those that were asked for last stand last. */
  readonly #held = new Map<string, Held>();
  readonly #warned = new Set<string>();
  #unsubscribe: (() => Promise<void>) | undefined;

  /** @throws {OptionsInvalidError} */
  constructor(
    catalog: Catalog,
    store: SettingsStore,
    options: TenantSettingsCacheOptions = {},
    warn: (message: string) => void = () => {},
  ) {
    this.#catalog = catalog;
    this.#store = store;
    this.#options = parseOptions('TenantSettings', optionsSchema, options);
    this.#warn = warn;
    store.onChange((tenantId) => this.invalidate(tenantId));
  }

  /** Begins to follow changes that other processes make. */
  async start(): Promise<void> {
    await this.#catalog.migrate();
    const listener = new TenantChangeListener(this.#catalog.notifications);
    this.#unsubscribe ??= await listener.subscribe((tenantId) => this.invalidate(tenantId));
    this.invalidate();
  }

  async close(): Promise<void> {
    await this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.invalidate();
  }

  /**
   * The settings of the tenant in force. They are frozen: every caller gets the same object.
   *
   * @throws {TenantContextMissingError} when there is none.
   * @throws {SettingsUnreadableError} when a secret cannot be decrypted.
   */
  async get(): Promise<T> {
    return this.getFor(TenantContext.require().id);
  }

  /**
   * The settings of a tenant, for work above all tenants.
   *
   * @throws {TenantNotFoundError}
   * @throws {SettingsUnreadableError} when a secret cannot be decrypted.
   */
  async getFor(tenantId: string): Promise<T> {
    const held = this.#held.get(tenantId);
    if (held) this.#held.delete(tenantId);
    const isFresh = held && held.freshUntil > performance.now();
    const entry = isFresh ? held : this.#load(tenantId);
    this.#held.set(tenantId, entry);
    return (await entry.settings) as T;
  }

  /** Forgets what is held of a tenant, or of all. A load that is under way is served, and not kept. */
  invalidate(tenantId?: string): void {
    if (tenantId === undefined) this.#held.clear();
    else this.#held.delete(tenantId);
  }

  #load(tenantId: string): Held {
    const [oldest] = this.#held.keys();
    if (oldest !== undefined && this.#held.size >= this.#options.max) this.#held.delete(oldest);
    const entry: Held = {
      settings: this.#read(tenantId),
      freshUntil: performance.now() + this.#options.ttlMs,
    };
    entry.settings.catch(() => {
      if (this.#held.get(tenantId) === entry) this.#held.delete(tenantId);
    });
    return entry;
  }

  async #read(tenantId: string): Promise<object> {
    const stored = isTenantId(tenantId) ? await findSettings(this.#catalog, tenantId) : undefined;
    if (!stored) throw new TenantNotFoundError();
    const { shape } = this.#store;
    const { overrides, unreadable } = await openOverrides(shape.keys, stored);
    if (unreadable.length > 0) throw new SettingsUnreadableError(tenantId, unreadable);
    const { effective, misfits } = shape.resolve(overrides);
    for (const { field, expected } of misfits) this.#warnOnce(tenantId, field, expected);
    return effective;
  }

  #warnOnce(tenantId: string, field: string, expected: string): void {
    const key = `${tenantId} ${field}`;
    if (this.#warned.has(key)) return;
    if (this.#warned.size >= MAX_WARNED) this.#warned.clear();
    this.#warned.add(key);
    this.#warn(
      `The tenant ${tenantId} has a setting that does not fit the schema, so that its default is in force: ` +
        `${field}: ${expected}. \`rowhouse settings check\` lists all.`,
    );
  }
}
