import { randomUUID } from 'node:crypto';
import { type Actor, type Catalog, TenantNotFoundError, type TenantQuotas } from '@rowhouse/core';
import { type AuditedChange, auditStatement, readTenant, runEach, sqlStateOf } from '@rowhouse/core/internal';
import { MEMBER_COLUMNS, type Member, type MemberStatus, type TenantUser } from './member.js';
import { MemberConflictError } from './member-errors.js';

/** What of a member may change. */
export type MemberFields = {
  readonly [Field in 'email' | 'name' | 'roles' | 'status']?: Member[Field] | undefined;
};

export type CatalogClient = Pick<Catalog, 'query'>;

/**
 * Until the end of the transaction nobody else changes members and invitations of the tenant. The first statement of each
 * transaction that changes one.
 *
 * @returns the status of the tenant.
 * @throws {TenantNotFoundError}
 */
export async function lockMembersOf(client: CatalogClient, tenantId: string): Promise<string> {
  // Whatever the default of the database: what is read next must be newer than the wait for the lock.
  await client.query('set transaction isolation level read committed');
  const { rows } = await client.query<{ status: string }>(
    'select status from rowhouse.tenants where id = $1 for no key update',
    [tenantId],
  );
  if (!rows[0]) throw new TenantNotFoundError();
  return rows[0].status;
}

/** Records a change of members or of invitations, in its transaction. */
export async function audit(client: CatalogClient, change: AuditedChange): Promise<void> {
  await runEach(client, [auditStatement(change)]);
}

/** The quota of plans that members count in, where a plan has it. */
const QUOTA = 'members';

/**
 * Lets the tenant have one member more. To be called under the lock; suspended members count.
 *
 * @throws {QuotaExceededError}
 */
export async function requireRoomForMember(
  client: Parameters<typeof readTenant>[0],
  tenantId: string,
  quotas: TenantQuotas | undefined,
): Promise<void> {
  if (!quotas?.has(QUOTA)) return;
  const tenant = await readTenant(client, tenantId);
  const { rows } = await client.query<{ members: number }>(
    'select pg_catalog.count(*)::int4 as members from rowhouse.members where tenant_id = $1',
    [tenantId],
  );
  quotas.requireRoomFor(tenant, QUOTA, rows[0]?.members ?? Number.NaN);
}

/** @throws {MemberConflictError} */
export async function insertMember(
  client: CatalogClient,
  member: TenantUser & {
    readonly tenantId: string;
    readonly email: string;
    readonly name: string;
    readonly roles: readonly string[];
    /** Default `active`. */
    readonly status?: MemberStatus;
  },
  by: Actor | undefined,
): Promise<Member> {
  const { tenantId, issuer, subject, email, name, roles, status = 'active' } = member;
  return explained(async () => {
    const { rows } = await client.query<Member>(
      `insert into rowhouse.members as m (id, tenant_id, issuer, subject, email, name, roles, status, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${MEMBER_COLUMNS}`,
      [randomUUID(), tenantId, issuer, subject, email, name, roles, status, by ? JSON.stringify(by) : null],
    );
    const added = rows[0] as Member;
    await audit(client, { action: 'member.added', tenantId, target: added.id, after: added, by });
    return added;
  });
}

/** Changes a member, and records it. @throws {MemberConflictError} */
export async function updateMember(
  client: CatalogClient,
  before: Member,
  { email, name, roles, status }: MemberFields,
  by: Actor | undefined,
): Promise<Member> {
  const { id, tenantId } = before;
  return explained(async () => {
    const { rows } = await client.query<Member>(
      `update rowhouse.members m set email = coalesce($2, m.email), name = coalesce($3, m.name),
           roles = coalesce($4, m.roles), status = coalesce($5, m.status), updated_at = pg_catalog.now()
         where m.id = $1 returning ${MEMBER_COLUMNS}`,
      [id, email ?? null, name ?? null, roles ?? null, status ?? null],
    );
    const after = rows[0] as Member;
    await audit(client, { action: 'member.changed', tenantId, target: id, before, after, by });
    return after;
  });
}

/** Says in words what a unique constraint refuses. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // unique_violation
    if (sqlStateOf(error) !== '23505') throw error;
    const { constraint } = Object(error) as { constraint?: string };
    throw new MemberConflictError(
      constraint === 'members_email_key'
        ? 'Another member of the tenant has this e-mail address.'
        : 'The user is a member of the tenant already.',
      error,
    );
  }
}
