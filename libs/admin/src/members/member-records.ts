import { randomUUID } from 'node:crypto';
import { type Actor, type Catalog, TenantNotFoundError } from '@rowhouse/core';
import { type AuditedChange, auditStatement, runEach, sqlStateOf } from '@rowhouse/core/internal';
import { MEMBER_COLUMNS, type Member, type TenantUser } from './member.js';
import { MemberConflictError } from './member-errors.js';

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

/** @throws {MemberConflictError} */
export async function insertMember(
  client: CatalogClient,
  member: TenantUser & {
    readonly tenantId: string;
    readonly email: string;
    readonly name: string;
    readonly roles: readonly string[];
  },
  by: Actor | undefined,
): Promise<Member> {
  const { tenantId, issuer, subject, email, name, roles } = member;
  return explained(async () => {
    const { rows } = await client.query<Member>(
      `insert into rowhouse.members as m (id, tenant_id, issuer, subject, email, name, roles, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${MEMBER_COLUMNS}`,
      [randomUUID(), tenantId, issuer, subject, email, name, roles, by ? JSON.stringify(by) : null],
    );
    const added = rows[0] as Member;
    await audit(client, { action: 'member.added', tenantId, target: added.id, after: added, by });
    return added;
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
