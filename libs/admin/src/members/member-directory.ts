import { type Catalog, TenantChangeListener, TenantStoreUnavailableError } from '@rowhouse/core';
import { MEMBER_COLUMNS, type Member, type TenantUser, userSchema } from './member.js';
import { MemberCache, type MemberCacheOptions } from './member-cache.js';
import { SeenMembers } from './seen-members.js';

const DEFAULTS: MemberCacheOptions = {
  max: 10_000,
  ttlMs: 30_000,
  negativeTtlMs: 5_000,
  now: () => performance.now(),
};

/**
 * Which users are active members, from memory. Changes arrive by the catalog's notifications; while these are not heard, what is
 * held lasts 30 seconds.
 */
export class MemberDirectory {
  readonly #catalog: Catalog;
  readonly #now: () => number;
  readonly #cache: MemberCache;
  readonly #seen: SeenMembers;
  /** Questions under way, by tenant and user. What has changed meanwhile is taken out, so that its answer is not kept. */
  readonly #asking = new Map<
    string,
    { readonly tenantId: string; readonly answer: Promise<Member | undefined> }
  >();
  #unsubscribe: Promise<() => Promise<void>> | undefined;

  constructor(catalog: Catalog, options: Partial<MemberCacheOptions> = {}) {
    const settings = { ...DEFAULTS, ...options };
    this.#catalog = catalog;
    this.#now = settings.now;
    this.#cache = new MemberCache(settings);
    this.#seen = new SeenMembers(catalog);
  }

  /** Begins to hear of changes. @throws what `pg` throws when the connection cannot be made. */
  async start(): Promise<void> {
    this.#unsubscribe ??= new TenantChangeListener(this.#catalog.notifications).subscribe((tenantId) =>
      this.drop(tenantId),
    );
    await this.#unsubscribe;
    this.drop(undefined);
  }

  async close(): Promise<void> {
    const unsubscribe = await this.#unsubscribe?.catch(() => undefined);
    this.#unsubscribe = undefined;
    await unsubscribe?.();
    await this.#seen.close();
  }

  /**
   * The active member that a user is of a tenant.
   *
   * @throws {TenantStoreUnavailableError} when the catalog does not answer.
   */
  async find(tenantId: string, { issuer, subject }: TenantUser): Promise<Member | undefined> {
    const key = JSON.stringify([tenantId, issuer, subject]);
    const held = this.#cache.find(key);
    const member = held ? held.member : await this.#ask(key, tenantId, { issuer, subject });
    if (member) this.#seen.note(member);
    return member;
  }

  /** @param tenantId - `undefined` drops everything. */
  drop(tenantId: string | undefined): void {
    this.#cache.drop(tenantId);
    for (const [key, asked] of this.#asking)
      if (tenantId === undefined || asked.tenantId === tenantId) this.#asking.delete(key);
  }

  #ask(key: string, tenantId: string, user: TenantUser): Promise<Member | undefined> {
    const asking = this.#asking.get(key);
    if (asking) return asking.answer;
    const asked = { tenantId, answer: this.#read(tenantId, user) };
    const askedAt = this.#now();
    this.#asking.set(key, asked);
    const answered = (keep?: (key: string) => void) => {
      if (this.#asking.get(key) !== asked) return;
      this.#asking.delete(key);
      keep?.(key);
    };
    asked.answer.then(
      (member) => answered(() => this.#cache.add(key, tenantId, member, askedAt)),
      () => answered(),
    );
    return asked.answer;
  }

  async #read(tenantId: string, user: TenantUser): Promise<Member | undefined> {
    // Nobody is a member under such a name, and PostgreSQL would refuse to look for it.
    if (!userSchema.safeParse(user).success) return undefined;
    try {
      const { rows } = await this.#catalog.query<Member>(
        `select ${MEMBER_COLUMNS} from rowhouse.members m
          where m.issuer = $2 and m.subject = $3 and m.tenant_id = $1 and m.status = 'active'`,
        [tenantId, user.issuer, user.subject],
      );
      const [member] = rows;
      return member && Object.freeze({ ...member, roles: Object.freeze(member.roles) });
    } catch (error) {
      throw new TenantStoreUnavailableError(error);
    }
  }
}
