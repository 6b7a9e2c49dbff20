import type { Actor, Catalog, TenantQuotas } from '@rowhouse/core';
import { requireActor } from '@rowhouse/core/internal';
import type { ArchivedMember, RecordsControl, WrittenRecords } from '@rowhouse/transfer';
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
import {
  audit,
  type CatalogClient,
  insertMember,
  lockMembersOf,
  requireRoomForMember,
  updateMember,
} from './member-records.js';
import { MemberRoles, type MemberRolesOptions } from './member-roles.js';
import { mergeMembers } from './merge-members.js';

export interface MemberControl {
  readonly by?: Actor | undefined;
  /** Called with the present state, which nobody else can change any more; what it throws ends the change. */
  readonly check?: ((present: Member) => void) | undefined;
}

/** Who may enter which tenant. */
export class Members extends MemberListing {
  readonly #catalog: Catalog;
  readonly #roles: MemberRoles;
  readonly #quotas: TenantQuotas | undefined;

  /**
   * @param quotas - where a plan has the quota `members`, no tenant gets more.
   * @throws {OptionsInvalidError}
   */
  constructor(catalog: Catalog, roles: MemberRolesOptions, quotas?: TenantQuotas) {
    super(catalog);
    this.#quotas = quotas;
    this.#catalog = catalog;
    this.#roles = new MemberRoles(roles);
  }

  /**
   * @throws {MemberInvalidError}
   * @throws {MemberRoleUnknownError}
   * @throws {MemberConflictError}
   * @throws {QuotaExceededError}
   */
  async add(tenantId: string, member: NewMember, { by }: Pick<MemberControl, 'by'> = {}): Promise<Member> {
    requireActor(by);
    const parsed = parseFields(newMemberSchema, member, MemberInvalidError);
    this.#roles.requireKnown(parsed.roles);
    const { name = parsed.email } = parsed;
    return this.#catalog.transaction(async (client) => {
      await lockMembersOf(client, tenantId);
      await requireRoomForMember(client, tenantId, this.#quotas);
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
      updateMember(client, before, { email, name, roles, status }, by),
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

  /**
   * @internal
   * @throws {MemberRoleUnknownError}
   */
  requireRoles(roles: readonly string[]): void {
    this.#roles.requireKnown(roles);
  }

  /**
   * Adds the members of an archive, in a transaction of the catalog that holds the tenant.
   *
   * @internal
   * @throws {TransferConflictError} as `onConflict` says.
   * @throws {LastOwnerError}
   */
  async addAll(
    client: CatalogClient,
    tenantId: string,
    given: readonly ArchivedMember[],
    { onConflict, by }: RecordsControl,
  ): Promise<Pick<WrittenRecords, 'written' | 'same' | 'skipped'>> {
    const present = await this.#all(client, tenantId);
    const { added, changed, same, skipped } = mergeMembers(present, given, onConflict);
    for (const [member, fields] of changed) await updateMember(client, member, fields, by);
    for (const member of added) await insertMember(client, { ...member, tenantId }, by);
    if (present.some((one) => this.#isActiveOwner(one)) && !(await this.#hasActiveOwner(client, tenantId)))
      throw new LastOwnerError(this.#roles.ownerRole);
    return { written: added.length + changed.length, same, skipped };
  }

  async #all(client: CatalogClient, tenantId: string): Promise<readonly Member[]> {
    const { rows } = await client.query<Member>(
      `select ${MEMBER_COLUMNS} from rowhouse.members m where m.tenant_id = $1`,
      [tenantId],
    );
    return rows;
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
