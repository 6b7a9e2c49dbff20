import type { Catalog } from '@rowhouse/core';
import { z } from 'zod';
import { MEMBER_COLUMNS, type Member, type MemberFilter, type TenantUser, userSchema } from './member.js';
import { MemberNotFoundError } from './member-errors.js';

export interface MemberListQuery extends MemberFilter {
  readonly limit: number;
  /** The e-mail address, in lower case, that the page before ended with. */
  readonly after?: string | undefined;
}

/** A tenant that a user may enter. */
export interface TenantOfUser {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly roles: readonly string[];
}

/** How many members there are. A user of several tenants counts once in all, and once in each. */
export interface MemberCounts {
  readonly users: number;
  /** Users with a membership that is active. */
  readonly activeUsers: number;
  /** Sorted by slug. */
  readonly tenants: readonly {
    readonly id: string;
    readonly slug: string;
    readonly users: number;
    readonly activeUsers: number;
  }[];
}

/** Looks members up. Tenants are named by their id. */
export class MemberListing {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** Sorted by e-mail address. */
  async list(tenantId: string, query: MemberListQuery): Promise<readonly Member[]> {
    const { limit, after, search, role, status } = query;
    const { rows } = await this.#catalog.query<Member>(
      `select ${MEMBER_COLUMNS} from rowhouse.members m
        where m.tenant_id = $1 and ($3::text is null or pg_catalog.lower(m.email) > $3 collate "C")
          and ($4::text is null or strpos(lower(m.email), lower($4)) > 0 or strpos(lower(m.name), lower($4)) > 0)
          and ($5::text is null or $5 = any (m.roles)) and ($6::text is null or m.status = $6)
        order by pg_catalog.lower(m.email) limit $2`,
      [tenantId, limit, after ?? null, search ?? null, role ?? null, status ?? null],
    );
    return rows;
  }

  /** @throws {MemberNotFoundError} */
  find(tenantId: string, id: string): Promise<Member> {
    return readMember(this.#catalog, tenantId, id);
  }

  /** @throws {MemberNotFoundError} */
  async findByEmail(tenantId: string, email: string): Promise<Member> {
    const { rows } = await this.#catalog.query<Member>(
      `select ${MEMBER_COLUMNS} from rowhouse.members m
        where m.tenant_id = $1 and pg_catalog.lower(m.email) = $2 collate "C"`,
      [tenantId, email.toLowerCase()],
    );
    if (!rows[0]) throw new MemberNotFoundError();
    return rows[0];
  }

  /**
   * The active tenants that a user may enter, sorted by slug: for an app's `GET me/tenants`.
   *
   * @param page.after - the slug that the page before ended with.
   */
  async tenantsOf(
    user: TenantUser,
    { limit = 100, after }: { readonly limit?: number; readonly after?: string | undefined } = {},
  ): Promise<readonly TenantOfUser[]> {
    const { success, data } = userSchema.safeParse(user);
    if (!success) return [];
    const { rows } = await this.#catalog.query<TenantOfUser>(
      `select t.id, t.slug, t.name, m.roles
         from rowhouse.members m join rowhouse.tenants t on t.id = m.tenant_id
        where m.issuer = $1 and m.subject = $2 and m.status = 'active' and t.status = 'active'
          and ($4::text is null or t.slug > $4)
        order by t.slug limit $3`,
      [data.issuer, data.subject, limit, after ?? null],
    );
    return rows;
  }

  /** @param page.after - the slug that the page before ended with. */
  async counts({
    limit = 100,
    after,
  }: {
    readonly limit?: number;
    readonly after?: string | undefined;
  } = {}): Promise<MemberCounts> {
    const [all, each] = await Promise.all([
      this.#catalog.query<{ users: number; activeUsers: number }>(
        `select count(distinct (issuer, subject))::int as users,
                count(distinct (issuer, subject)) filter (where status = 'active')::int as "activeUsers"
           from rowhouse.members`,
      ),
      this.#catalog.query<MemberCounts['tenants'][number]>(
        `select t.id, t.slug, c.users, c."activeUsers"
           from (select id, slug from rowhouse.tenants where $2::text is null or slug > $2 order by slug limit $1) t
           cross join lateral (
             select count(*)::int as users, count(*) filter (where m.status = 'active')::int as "activeUsers"
               from rowhouse.members m where m.tenant_id = t.id) c
          order by t.slug`,
        [limit, after ?? null],
      ),
    ]);
    return { users: 0, activeUsers: 0, ...all.rows[0], tenants: each.rows };
  }
}

/** @throws {MemberNotFoundError} */
export async function readMember(
  client: Pick<Catalog, 'query'>,
  tenantId: string,
  id: string,
): Promise<Member> {
  if (!z.guid().safeParse(id).success) throw new MemberNotFoundError();
  const { rows } = await client.query<Member>(
    `select ${MEMBER_COLUMNS} from rowhouse.members m where m.tenant_id = $1 and m.id = $2`,
    [tenantId, id],
  );
  if (!rows[0]) throw new MemberNotFoundError();
  return rows[0];
}
