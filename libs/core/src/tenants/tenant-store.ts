import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { TenantOfApiKey } from '../api-keys/api-key-facts.js';
import { OptionsInvalidError, TenantIdInvalidError } from '../errors.js';
import type { TenantOverrides } from '../plans/plan.js';
import { CONTROLS_REFUSED, isFreeOfControls } from '../support/control-characters.js';
import { parseTenantFields } from '../support/parse-options.js';
import {
  isHostname,
  isTenantSlug,
  type Tenant,
  type TenantIsolation,
  type TenantSlug,
  type TenantStatus,
} from '../tenant.js';

/** One page of a listing. `next` is opaque; hand it back to read on. `undefined` on the last page. */
export interface TenantPage {
  readonly tenants: readonly Tenant[];
  readonly next: string | undefined;
}

export interface TenantListOptions {
  /** Where to read on: a `next` from an earlier page. */
  readonly cursor?: string;
  /** Page size, 1 to 1,000. Default 100. */
  readonly limit?: number;
  readonly status?: TenantStatus;
}

/**
 * Where tenants are looked up. Each look-up answers `undefined` for "no such tenant" and throws only
 * when it cannot tell. Arguments are validated before they come here.
 */
export interface TenantStore {
  /** Since when no call has been answered; `undefined` when the last one was. For stores that hide it by answering from memory. */
  readonly failingSince?: Date | undefined;
  findById(id: string): Promise<Tenant | undefined>;
  findBySlug(slug: TenantSlug): Promise<Tenant | undefined>;
  /** @param domain - a lower-case host name without a port. */
  findByDomain(domain: string): Promise<Tenant | undefined>;
  /** @param apiKey - the key as the client sent it. Stores keep only its SHA-256. */
  findByApiKey(apiKey: string): Promise<Tenant | undefined>;
  /** As {@link findByApiKey}, with what the store knows of the key: asked in its place where a store has it. */
  findApiKey?(apiKey: string): Promise<TenantOfApiKey | undefined>;
  /**
   * In a stable order, by slug.
   *
   * @throws {OptionsInvalidError} when the cursor or the limit is none.
   */
  list(options?: TenantListOptions): Promise<TenantPage>;
}

/** What is needed to enter a tenant into a store. */
export interface NewTenant {
  /** UUID; a random one when left out. */
  readonly id?: string;
  readonly slug: string;
  /** Default: the slug. */
  readonly name?: string;
  /** Default `active`. */
  readonly status?: TenantStatus;
  /** Default `schema`. */
  readonly isolation?: TenantIsolation;
  /** Default `default`. */
  readonly placement?: string;
  /** Default `free`. */
  readonly plan?: string;
  /** Default: none. */
  readonly overrides?: TenantOverrides;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * The fields of a tenant that may be changed at any time. A slug and an isolation are for life; a status changes as the
 * tenant's life does, by `TenantLifecycle` of `@rowhouse/migrations`.
 */
export type TenantChange = Partial<Pick<Tenant, 'name' | 'plan' | 'metadata'>>;

/** A store that Rowhouse may write to. */
export interface WritableTenantStore extends TenantStore {
  /**
   * @throws {TenantConflictError} when the slug or the id is taken.
   * @throws {TenantIdInvalidError} when the slug or the id is malformed.
   * @throws {TenantInvalidError} when another field is wrong.
   */
  create(tenant: NewTenant): Promise<Tenant>;
  /**
   * @throws {TenantNotFoundError} when there is no such tenant.
   * @throws {TenantInvalidError} when a field is wrong, or none that may change.
   */
  update(id: string, change: TenantChange): Promise<Tenant>;
  /** Takes the tenant out of the store with its domains and keys; its data is not touched. Returns false when it was not there. */
  remove(id: string): Promise<boolean>;
  /**
   * Does nothing when the tenant has the domain already.
   *
   * @param domain - a lower-case host name without a port.
   * @throws {TenantConflictError} when another tenant has the domain.
   * @throws {TenantNotFoundError} when there is no such tenant.
   * @throws {TenantIdInvalidError} when the domain is malformed.
   */
  addDomain(id: string, domain: string): Promise<void>;
  /** Returns false when the tenant did not have the domain. */
  removeDomain(id: string, domain: string): Promise<boolean>;
  /**
   * Makes an API key for the tenant and returns it; it cannot be read again.
   *
   * @param label - what the key is for, 1 to 200 characters. Need not be unique.
   * @throws {TenantNotFoundError} when there is no such tenant.
   */
  addApiKey(id: string, label: string): Promise<string>;
  /** Revokes the tenant's keys with this label, for good, and returns how many there were. */
  revokeApiKeys(id: string, label: string): Promise<number>;
}

/** Told when tenants change. `undefined` means "anything may have changed". */
export type TenantChangeHandler = (tenantId: string | undefined) => void;

/** A store, or a feed beside one, that tells of changes made by any instance of the application. */
export interface TenantChangeFeed {
  /** Begins to tell of changes; resolves when listening. The returned function ends it. */
  subscribe(handler: TenantChangeHandler): Promise<() => Promise<void>>;
}

/** Whether a store also tells of changes. */
export function isTenantChangeFeed(store: object): store is TenantChangeFeed {
  return 'subscribe' in store && typeof store.subscribe === 'function';
}

// What every store of ours asks of its input.

/** @throws {TenantIdInvalidError} when it is no lower-case host name. */
export function parseDomain(domain: string): string {
  if (!isHostname(domain)) throw new TenantIdInvalidError('domain');
  return domain;
}

const apiKeyLabel = z.object({
  label: z.string().min(1).max(200).refine(isFreeOfControls, CONTROLS_REFUSED),
});

/** @throws {TenantInvalidError} when it is empty, longer than 200 characters, or has control characters. */
export function parseApiKeyLabel(label: string): string {
  return parseTenantFields(apiKeyLabel, { label }).label;
}

/** 256 random bits, with a prefix by which secret scanners and people know the key. */
export function newApiKey(): string {
  return `rh_${randomBytes(32).toString('base64url')}`;
}

/** A {@link TenantListOptions} that has been checked. */
export interface TenantListQuery {
  /** The last slug of the page before. */
  readonly after: TenantSlug | undefined;
  readonly limit: number;
  readonly status: TenantStatus | undefined;
}

export function parseListOptions({ cursor, limit = 100, status }: TenantListOptions = {}): TenantListQuery {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw listOptionInvalid('limit', `expected an integer from 1 to 1000, got ${limit}`);
  return { after: cursor === undefined ? undefined : decodeCursor(cursor), limit, status };
}

/** Cuts a page out of the rows found, of which there is one more than asked for when the listing goes on. */
export function pageOf(found: readonly Tenant[], limit: number): TenantPage {
  const tenants = found.slice(0, limit);
  const last = tenants.at(-1);
  return { tenants, next: last && found.length > limit ? encodeCursor(last.slug) : undefined };
}

function encodeCursor(slug: TenantSlug): string {
  return Buffer.from(slug).toString('base64url');
}

function decodeCursor(cursor: string): TenantSlug {
  const slug = Buffer.from(cursor, 'base64url').toString();
  if (!isTenantSlug(slug) || encodeCursor(slug) !== cursor)
    throw listOptionInvalid('cursor', 'expected one that a listing returned as `next`');
  return slug;
}

function listOptionInvalid(field: string, expected: string): OptionsInvalidError {
  return new OptionsInvalidError('list', [{ field, expected }]);
}
