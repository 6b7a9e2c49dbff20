import { randomUUID } from 'node:crypto';
import {
  type Actor,
  type ApiKeyPepper,
  type Catalog,
  TenantNotFoundError,
  type TenantStatus,
} from '@rowhouse/core';
import {
  ApiKeyHashing,
  auditStatement,
  makeEntryToken,
  peppersFromEnvironment,
  requireActor,
  runEach,
} from '@rowhouse/core/internal';
import { z } from 'zod';
import { parseFields } from '../invalid-fields.js';
import { EntryConflictError, EntryInvalidError, EntryNotFoundError } from './entry-errors.js';
import {
  type NewOperatorEntry,
  newEntrySchema,
  type OperatorEntryInput,
  type OperatorEntryRecord,
  type OwnOperatorEntry,
} from './operator-entry-record.js';

export interface OperatorEntriesOptions {
  /** What hashes of tokens are made with. Default: those of `ROWHOUSE_API_KEY_PEPPERS`; without any, plain SHA-256. */
  readonly peppers?: readonly ApiKeyPepper[];
}

export interface OperatorEntryListing {
  readonly limit: number;
  readonly state?: OperatorEntryRecord['state'] | undefined;
  /** The id of the entry that the page before ended with. */
  readonly after?: string | undefined;
}

const IS_OVER = '(e.ended_at is not null or e.expires_at <= pg_catalog.clock_timestamp())';

const COLUMNS = `e.id, e.tenant_id as "tenantId", e.operator, e.reason, e.read_only as "readOnly",
  case when ${IS_OVER} then 'ended' else 'active' end as state, e.created_at as "createdAt", e.expires_at as "expiresAt",
  case when ${IS_OVER} then coalesce(e.ended_at, e.expires_at) end as "endedAt", e.ended_by as "endedBy"`;

/** Ends that are recorded in one transaction. */
const BATCH = 100;

/** Entries of operators into tenants, in the catalog. A token is shown once, when an entry begins. */
export class OperatorEntries {
  readonly #catalog: Catalog;
  readonly #hashing: ApiKeyHashing;

  /** @throws {OptionsInvalidError} when the peppers are none. */
  constructor(catalog: Catalog, { peppers = peppersFromEnvironment() }: OperatorEntriesOptions = {}) {
    this.#catalog = catalog;
    this.#hashing = new ApiKeyHashing(peppers);
  }

  /**
   * @param by - the operator who enters.
   * @throws {EntryInvalidError}
   * @throws {TenantNotFoundError}
   * @throws {EntryConflictError} unless the tenant is active, or suspended and only read.
   */
  async begin(
    tenantId: string,
    input: OperatorEntryInput,
    { by }: { readonly by: Actor },
  ): Promise<NewOperatorEntry> {
    requireActor(by);
    const { reason, minutes, readOnly } = parseFields(newEntrySchema, input, EntryInvalidError);
    const token = makeEntryToken();
    const { hash } = this.#hashing.hash(token);
    return this.#catalog.transaction(async (client) => {
      requireEnterable(await statusOf(client, tenantId), readOnly);
      const { rows } = await client.query<OperatorEntryRecord>(
        `insert into rowhouse.operator_entries as e (id, tenant_id, token_hash, operator, reason, read_only, expires_at)
           values ($1, $2, $3, $4, $5, $6, pg_catalog.now() + pg_catalog.make_interval(mins => $7)) returning ${COLUMNS}`,
        [randomUUID(), tenantId, hash, JSON.stringify(by), reason, readOnly, minutes],
      );
      const begun = rows[0] as OperatorEntryRecord;
      await audit(client, 'begun', begun, by);
      return { ...begun, token };
    });
  }

  /** Latest first. */
  async list(
    tenantId: string,
    { limit, state, after }: OperatorEntryListing,
  ): Promise<readonly OperatorEntryRecord[]> {
    const { rows } = await this.#catalog.query<OperatorEntryRecord>(
      `select ${COLUMNS} from rowhouse.operator_entries e
        where e.tenant_id = $1 and ($3::boolean is null or $3 = ${IS_OVER})
          and ($4::uuid is null or (e.created_at, e.id) <
                (select b.created_at, b.id from rowhouse.operator_entries b where b.id = $4 and b.tenant_id = $1))
        order by e.created_at desc, e.id desc limit $2`,
      [tenantId, limit, state === undefined ? null : state === 'ended', after ?? null],
    );
    return rows;
  }

  /** Those of an operator that are under way, in all tenants; the one that ends first is first. */
  async listOwn(operator: Actor): Promise<readonly OwnOperatorEntry[]> {
    const { rows } = await this.#catalog.query<OwnOperatorEntry>(
      `select ${COLUMNS}, t.slug as "tenantSlug",
          pg_catalog.ceil(extract(epoch from e.expires_at - pg_catalog.clock_timestamp()))::pg_catalog.int4 as "secondsLeft"
        from rowhouse.operator_entries e join rowhouse.tenants t on t.id = e.tenant_id
        where e.ended_at is null and e.expires_at > pg_catalog.clock_timestamp()
          and e.operator ->> 'type' = $1 and e.operator ->> 'id' = $2
        order by e.expires_at, e.id`,
      [operator.type, operator.id],
    );
    return rows;
  }

  /** @throws {EntryNotFoundError} */
  find(tenantId: string, id: string): Promise<OperatorEntryRecord> {
    return read(this.#catalog, tenantId, id);
  }

  /**
   * Ends an entry early, at every instance within a second. One that has ended stays as it is.
   *
   * @throws {EntryNotFoundError}
   */
  async end(tenantId: string, id: string, { by }: { readonly by: Actor }): Promise<OperatorEntryRecord> {
    requireActor(by);
    return this.#catalog.transaction(async (client) => {
      const present = await read(client, tenantId, id, { lock: true });
      if (present.state === 'ended') return present;
      const { rows } = await client.query<OperatorEntryRecord>(
        `update rowhouse.operator_entries e set ended_at = pg_catalog.now(), ended_by = $2 where e.id = $1 returning ${COLUMNS}`,
        [id, JSON.stringify(by)],
      );
      const record = rows[0] as OperatorEntryRecord;
      await audit(client, 'ended', record, by);
      return record;
    });
  }

  /**
   * Records the end of entries whose time is over, each once, whoever else does so at the same time. They have ended without it.
   *
   * @returns how many there were.
   */
  async recordEnds(): Promise<number> {
    for (let recorded = 0; ; ) {
      const batch = await this.#catalog.transaction(async (client) => {
        const { rows } = await client.query<OperatorEntryRecord>(
          `update rowhouse.operator_entries e set ended_at = e.expires_at
            where e.ended_at is null and e.id = any (array(
              select d.id from rowhouse.operator_entries d
                where d.ended_at is null and d.expires_at <= pg_catalog.now()
                order by d.expires_at limit ${BATCH} for update skip locked))
            returning ${COLUMNS}`,
        );
        for (const record of rows) await audit(client, 'ended', record, undefined);
        return rows.length;
      });
      recorded += batch;
      if (batch < BATCH) return recorded;
    }
  }
}

type Queryable = Pick<Catalog, 'query'>;

async function read(
  client: Queryable,
  tenantId: string,
  id: string,
  { lock = false } = {},
): Promise<OperatorEntryRecord> {
  if (!z.guid().safeParse(id).success) throw new EntryNotFoundError();
  const { rows } = await client.query<OperatorEntryRecord>(
    `select ${COLUMNS} from rowhouse.operator_entries e where e.tenant_id = $1 and e.id = $2 ${lock ? 'for update' : ''}`,
    [tenantId, id],
  );
  if (!rows[0]) throw new EntryNotFoundError();
  return rows[0];
}

async function statusOf(client: Queryable, tenantId: string): Promise<TenantStatus> {
  const { rows } = await client.query<{ status: TenantStatus }>(
    'select status from rowhouse.tenants where id = $1 for share',
    [tenantId],
  );
  if (!rows[0]) throw new TenantNotFoundError();
  return rows[0].status;
}

function requireEnterable(status: TenantStatus, readOnly: boolean): void {
  if (status === 'active' || (status === 'suspended' && readOnly)) return;
  throw new EntryConflictError(
    status === 'suspended'
      ? 'A suspended tenant can only be read.'
      : `The tenant is ${status}, and cannot be entered.`,
  );
}

/** @param by - nobody, where its time is over. */
async function audit(
  client: Queryable,
  what: 'begun' | 'ended',
  { id, tenantId, reason, operator, readOnly, expiresAt, endedAt }: OperatorEntryRecord,
  by: Actor | undefined,
): Promise<void> {
  const after = { operator, readOnly, expiresAt, ...(endedAt && { endedAt, early: by !== undefined }) };
  const change = { action: `operator_entry.${what}`, tenantId, target: id, after, reason, by };
  await runEach(client, [auditStatement(change)]);
}
