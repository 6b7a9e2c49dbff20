import type { Actor, Catalog } from '@rowhouse/core';
import { requireActor } from '@rowhouse/core/internal';
import type { ClientBase } from 'pg';
import { z } from 'zod';
import {
  MEMBER_COLUMNS,
  type Member,
  type MemberChange,
  type MemberFilter,
  memberChangeSchema,
  type NewMember,
  newMemberSchema,
  type TenantUser,
  userSchema,
} from './member.js';
import { LastOwnerError, MemberNotFoundError } from './member-errors.js';
import { explained, insertMember, lockMembersOf, parseMemberFields } from './member-records.js';
import { MemberRoles, type MemberRolesOptions } from './member-roles.js';

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

export interface MemberControl {
  readonly by?: Actor | undefined;
  /** Called with the present state, which nobody else can change any more; what it throws ends the change. */
  readonly check?: ((present: Member) => void) | undefined;
}

/** Who may enter which tenant. Tenants are named by their id. */
export class Members {
  readonly #catalog: Catalog;
  readonly #roles: MemberRoles;

  /** @throws {OptionsInvalidError} */
  constructor(catalog: Catalog, roles: MemberRolesOptions) {
    this.#catalog = catalog;
    this.#roles = new MemberRoles(roles);
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
    return read(this.#catalog, tenantId, id);
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
   * @throws {MemberInvalidError}
   * @throws {MemberRoleUnknownError}
   * @throws {MemberConflictError}
   */
  async add(tenantId: string, member: NewMember, { by }: Pick<MemberControl, 'by'> = {}): Promise<Member> {
    requireActor(by);
    const parsed = parseMemberFields(newMemberSchema, member);
    this.#roles.requireKnown(parsed.roles);
    const { name = parsed.email } = parsed;
    return this.#catalog.transaction(async (client) => {
      await lockMembersOf(client, tenantId);
      return insertMember(client, { ...parsed, name, tenantId }, by);
    });
  }

  /**
   * @throws {MemberInvalidError}
   * @throws {MemberRoleUnknownError}
   * @throws {MemberConflictError}
   * @throws {LastOwnerError}
   */
  async change(
    tenantId: string,
    id: string,
    change: MemberChange,
    { check }: Pick<MemberControl, 'check'> = {},
  ): Promise<Member> {
    const { email, name, roles, status } = parseMemberFields(memberChangeSchema, change);
    if (roles) this.#roles.requireKnown(roles);
    return this.#changing(tenantId, id, check, (client) =>
      explained(async () => {
        const { rows } = await client.query<Member>(
          `update rowhouse.members m set email = coalesce($2, m.email), name = coalesce($3, m.name),
               roles = coalesce($4, m.roles), status = coalesce($5, m.status), updated_at = pg_catalog.now()
             where m.id = $1 returning ${MEMBER_COLUMNS}`,
          [id, email ?? null, name ?? null, roles ?? null, status ?? null],
        );
        return rows[0] as Member;
      }),
    );
  }

  /** @throws {LastOwnerError} */
  async remove(tenantId: string, id: string, { check }: Pick<MemberControl, 'check'> = {}): Promise<void> {
    await this.#changing(tenantId, id, check, async (client) => {
      await client.query('delete from rowhouse.members where id = $1', [id]);
    });
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

  /** Holds what `work` does to the state that `check` has seen, and to the rule that a tenant keeps its last owner. */
  #changing<T>(
    tenantId: string,
    id: string,
    check: MemberControl['check'],
    work: (client: ClientBase) => Promise<T>,
  ): Promise<T> {
    return this.#catalog.transaction(async (client) => {
      await lockMembersOf(client, tenantId);
      const present = await read(client, tenantId, id);
      check?.(present);
      const result = await work(client);
      if (this.#isActiveOwner(present) && !(await this.#hasActiveOwner(client, tenantId)))
        throw new LastOwnerError(this.#roles.ownerRole);
      return result;
    });
  }

  #isActiveOwner({ status, roles }: Member): boolean {
    return status === 'active' && roles.includes(this.#roles.ownerRole);
  }

  async #hasActiveOwner(client: ClientBase, tenantId: string): Promise<boolean> {
    const { rowCount } = await client.query(
      `select from rowhouse.members where tenant_id = $1 and status = 'active' and $2 = any (roles) limit 1`,
      [tenantId, this.#roles.ownerRole],
    );
    return rowCount === 1;
  }
}

/** @throws {MemberNotFoundError} */
async function read(client: Pick<Catalog, 'query'>, tenantId: string, id: string): Promise<Member> {
  if (!z.guid().safeParse(id).success) throw new MemberNotFoundError();
  const { rows } = await client.query<Member>(
    `select ${MEMBER_COLUMNS} from rowhouse.members m where m.tenant_id = $1 and m.id = $2`,
    [tenantId, id],
  );
  if (!rows[0]) throw new MemberNotFoundError();
  return rows[0];
}
