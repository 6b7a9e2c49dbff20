import { hashApiKey } from '../api-keys/api-key-hashing.js';
import { TenantConflictError, TenantNotFoundError } from '../errors.js';
import { parseTenant, type Tenant, type TenantSlug, type TenantStatus } from '../tenant.js';
import { parseNewTenant, parseTenantChange } from './tenant-records.js';
import {
  type NewTenant,
  newApiKey,
  pageOf,
  parseApiKeyLabel,
  parseDomain,
  parseListOptions,
  type TenantChange,
  type TenantChangeFeed,
  type TenantChangeHandler,
  type TenantListOptions,
  type TenantPage,
  type WritableTenantStore,
} from './tenant-store.js';

interface ApiKeyRecord {
  readonly tenantId: string;
  readonly label: string;
}

/** Tenants held in this process: for tests, and for apps whose few tenants stand in their configuration. */
export class InMemoryTenantStore implements WritableTenantStore, TenantChangeFeed {
  readonly #tenants = new Map<string, Tenant>();
  readonly #idsBySlug = new Map<string, string>();
  readonly #idsByDomain = new Map<string, string>();
  readonly #apiKeys = new Map<string, ApiKeyRecord>();
  readonly #handlers = new Set<{ readonly changed: TenantChangeHandler }>();

  /**
   * @param tenants - entered one by one, as by {@link create}.
   * @throws {TenantConflictError} when two of them share an id or a slug.
   */
  constructor(tenants: Iterable<NewTenant> = []) {
    for (const tenant of tenants) this.#insert(tenant);
  }

  async findById(id: string): Promise<Tenant | undefined> {
    return this.#tenants.get(id);
  }

  async findBySlug(slug: TenantSlug): Promise<Tenant | undefined> {
    return this.#lookUp(this.#idsBySlug.get(slug));
  }

  async findByDomain(domain: string): Promise<Tenant | undefined> {
    return this.#lookUp(this.#idsByDomain.get(domain));
  }

  async findByApiKey(apiKey: string): Promise<Tenant | undefined> {
    return this.#lookUp(this.#apiKeys.get(digestOf(apiKey))?.tenantId);
  }

  async list(options?: TenantListOptions): Promise<TenantPage> {
    const { after = '', limit, status } = parseListOptions(options);
    const found = [...this.#tenants.values()]
      .filter((tenant) => tenant.slug > after && (status === undefined || tenant.status === status))
      .sort((a, b) => (a.slug < b.slug ? -1 : 1));
    return pageOf(found, limit);
  }

  async create(input: NewTenant): Promise<Tenant> {
    const tenant = this.#insert(input);
    this.#notify(tenant.id);
    return tenant;
  }

  async update(id: string, change: TenantChange): Promise<Tenant> {
    const fields = parseTenantChange(change);
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const tenant = parseTenant({ ...this.#require(id), ...structuredClone(given), updatedAt: new Date() });
    this.#tenants.set(id, tenant);
    this.#notify(id);
    return tenant;
  }

  /** Tenants of the catalog change their status by `TenantLifecycle`; those in memory have no life of their own. */
  async setStatus(id: string, status: TenantStatus): Promise<Tenant> {
    const tenant = parseTenant({ ...this.#require(id), status, updatedAt: new Date() });
    this.#tenants.set(id, tenant);
    this.#notify(id);
    return tenant;
  }

  async remove(id: string): Promise<boolean> {
    const tenant = this.#tenants.get(id);
    if (!tenant) return false;
    this.#tenants.delete(id);
    this.#idsBySlug.delete(tenant.slug);
    for (const [domain, owner] of this.#idsByDomain) if (owner === id) this.#idsByDomain.delete(domain);
    for (const [digest, key] of this.#apiKeys) if (key.tenantId === id) this.#apiKeys.delete(digest);
    this.#notify(id);
    return true;
  }

  async addDomain(id: string, domain: string): Promise<void> {
    parseDomain(domain);
    this.#require(id);
    const owner = this.#idsByDomain.get(domain);
    if (owner !== undefined && owner !== id)
      throw new TenantConflictError('The domain is taken by another tenant.');
    this.#idsByDomain.set(domain, id);
    this.#notify(id);
  }

  async removeDomain(id: string, domain: string): Promise<boolean> {
    if (this.#idsByDomain.get(domain) !== id) return false;
    this.#idsByDomain.delete(domain);
    this.#notify(id);
    return true;
  }

  async addApiKey(id: string, label: string): Promise<string> {
    parseApiKeyLabel(label);
    this.#require(id);
    const apiKey = newApiKey();
    this.#apiKeys.set(digestOf(apiKey), { tenantId: id, label });
    this.#notify(id);
    return apiKey;
  }

  async revokeApiKeys(id: string, label: string): Promise<number> {
    const revoked = [...this.#apiKeys].filter(([, key]) => key.tenantId === id && key.label === label);
    for (const [digest] of revoked) this.#apiKeys.delete(digest);
    if (revoked.length > 0) this.#notify(id);
    return revoked.length;
  }

  async subscribe(changed: TenantChangeHandler): Promise<() => Promise<void>> {
    const subscription = { changed };
    this.#handlers.add(subscription);
    return async () => void this.#handlers.delete(subscription);
  }

  #insert(input: NewTenant): Tenant {
    const tenant = parseNewTenant(input, new Date());
    if (this.#tenants.has(tenant.id)) throw taken('id', tenant);
    if (this.#idsBySlug.has(tenant.slug)) throw taken('slug', tenant);
    this.#tenants.set(tenant.id, tenant);
    this.#idsBySlug.set(tenant.slug, tenant.id);
    return tenant;
  }

  #lookUp(id: string | undefined): Tenant | undefined {
    return id === undefined ? undefined : this.#tenants.get(id);
  }

  #require(id: string): Tenant {
    const tenant = this.#tenants.get(id);
    if (!tenant) throw new TenantNotFoundError();
    return tenant;
  }

  #notify(id: string): void {
    for (const { changed } of this.#handlers) changed(id);
  }
}

function digestOf(apiKey: string): string {
  return hashApiKey(apiKey).toString('base64url');
}

function taken(what: 'id' | 'slug', { slug }: Tenant): TenantConflictError {
  return new TenantConflictError(
    `The ${what} of the tenant "${slug}" is taken by another one. Choose another.`,
  );
}
