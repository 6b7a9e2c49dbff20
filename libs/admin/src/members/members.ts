import type { Actor, Catalog } from '@rowhouse/core';
import { requireActor } from '@rowhouse/core/internal';
import { parseFields } from '../invalid-fields.js';
import {
  MEMBER_COLUMNS,
  type Member,
  type MemberChange,
  memberChangeSchema,
  type NewMember,
  newMemberSchema,
} from './member.js';
import { LastOwnerError, MemberInvalidError } from './member-errors.js';
import { MemberListing, readMember } from './member-listing.js';
import { audit, type CatalogClient, explained, insertMember, lockMembersOf } from './member-records.js';
import { MemberRoles, type MemberRolesOptions } from './member-roles.js';

export interface MemberControl {
  readonly by?: Actor | undefined;
  /** Called with the present state, which nobody else can change any more; what it throws ends the change. */
  readonly check?: ((present: Member) => void) | undefined;
}

/** Who may enter which tenant. */
export class Members extends MemberListing {
  readonly #catalog: Catalog;
  readonly #roles: MemberRoles;

  /** @throws {OptionsInvalidError} */
  constructor(catalog: Catalog, roles: MemberRolesOptions) {
    super(catalog);
    this.#catalog = catalog;
    this.#roles = new MemberRoles(roles);
  }

  /**
   * @throws {MemberInvalidError}
   * @throws {MemberRoleUnknownError}
   * @throws {MemberConflictError}
   */
  async add(tenantId: string, member: NewMember, { by }: Pick<MemberControl, 'by'> = {}): Promise<Member> {
    requireActor(by);
    const parsed = parseFields(newMemberSchema, member, MemberInvalidError);
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
    { by, check }: MemberControl = {},
  ): Promise<Member> {
    requireActor(by);
    const { email, name, roles, status } = parseFields(memberChangeSchema, change, MemberInvalidError);
    if (roles) this.#roles.requireKnown(roles);
    return this.#changing(tenantId, id, check, (client, before) =>
      explained(async () => {
        const { rows } = await client.query<Member>(
          `update rowhouse.members m set email = coalesce($2, m.email), name = coalesce($3, m.name),
               roles = coalesce($4, m.roles), status = coalesce($5, m.status), updated_at = pg_catalog.now()
             where m.id = $1 returning ${MEMBER_COLUMNS}`,
          [id, email ?? null, name ?? null, roles ?? null, status ?? null],
        );
        const after = rows[0] as Member;
        await audit(client, { action: 'member.changed', tenantId, target: id, before, after, by });
        return after;
      }),
    );
  }

  /** @throws {LastOwnerError} */
  async remove(tenantId: string, id: string, { by, check }: MemberControl = {}): Promise<void> {
    requireActor(by);
    await this.#changing(tenantId, id, check, async (client, before) => {
      await client.query('delete from rowhouse.members where id = $1', [id]);
      await audit(client, { action: 'member.removed', tenantId, target: id, before, by });
    });
  }

  /** Holds what `work` does to the state that `check` has seen, and to the rule that a tenant keeps its last owner. */
  #changing<T>(
    tenantId: string,
    id: string,
    check: MemberControl['check'],
    work: (client: CatalogClient, present: Member) => Promise<T>,
  ): Promise<T> {
    return this.#catalog.transaction(async (client) => {
      await lockMembersOf(client, tenantId);
      const present = await readMember(client, tenantId, id);
      check?.(present);
      const result = await work(client, present);
      if (this.#isActiveOwner(present) && !(await this.#hasActiveOwner(client, tenantId)))
        throw new LastOwnerError(this.#roles.ownerRole);
      return result;
    });
  }

  #isActiveOwner({ status, roles }: Member): boolean {
    return status === 'active' && roles.includes(this.#roles.ownerRole);
  }

  async #hasActiveOwner(client: CatalogClient, tenantId: string): Promise<boolean> {
    const { rowCount } = await client.query(
      `select from rowhouse.members where tenant_id = $1 and status = 'active' and $2 = any (roles) limit 1`,
      [tenantId, this.#roles.ownerRole],
    );
    return rowCount === 1;
  }
}
