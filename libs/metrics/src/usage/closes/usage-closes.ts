import type { Actor, Catalog } from '@rowhouse/core';
import {
  type AuditContext,
  auditStatement,
  csvLine,
  parseOptions,
  requireActor,
  runEach,
} from '@rowhouse/core/internal';
import { endOf, firstDayOf, monthSchema } from '../month.js';
import { recordUsage } from '../records/record-usage.js';
import { UsageCloseConflictError, UsageCloseNotFoundError } from '../usage-errors.js';
import { MONTH_TOTALS, TOTAL_COLUMNS, type UsageTotal } from './usage-total.js';

/** A closed month. It never changes. */
export interface UsageClose {
  /** `2026-10` */
  readonly month: string;
  readonly closedAt: Date;
  readonly closedBy: Actor | null;
  /** How many totals it has. */
  readonly totals: number;
  /** Of the month that was closed before; zeros for the first. SHA-256, in hexadecimal digits. */
  readonly previousHash: string;
  /** Of `previousHash` and the totals. */
  readonly hash: string;
}

export interface CheckedUsageClose extends UsageClose {
  /** Whether its totals still have the hash that they were closed with. */
  readonly isIntact: boolean;
}

/** How long after its end a month can be closed: all of its last hour is recorded by then. Milliseconds. */
export const CLOSABLE_AFTER_MS = 2 * 3_600_000;
const BATCH = 1_000;
const ZEROS = '00'.repeat(32);

/** The hash of the totals of the month $1, after the hash $2: of one line for each total, a JSON array, in the order of their keys. */
const HASH = `pg_catalog.sha256(pg_catalog.convert_to($2 || E'\\n' || coalesce((
  select pg_catalog.string_agg(pg_catalog.jsonb_build_array(
      t.tenant_id, t.tenant_slug, t.tenant_plan, t.meter, t.quantity::pg_catalog.text)::pg_catalog.text || E'\\n', '' order by t.tenant_id, t.meter)
    from rowhouse.usage_totals t where t.month = $1), ''), 'UTF8'))`;

const COLUMNS = `pg_catalog.to_char(c.month, 'YYYY-MM') as month, c.closed_at as "closedAt", c.closed_by as "closedBy",
  c.totals::pg_catalog.float8 as totals, pg_catalog.encode(c.previous_hash, 'hex') as "previousHash", pg_catalog.encode(c.hash, 'hex') as hash`;

type Client = Pick<Catalog, 'query'>;

/** The months that are closed: what each tenant used of each meter, for good. */
export class UsageCloses {
  readonly #catalog: Pick<Catalog, 'query' | 'transaction'>;
  readonly #now: () => number;

  /** @param now - milliseconds since 1970; default `Date.now`. */
  constructor(catalog: Pick<Catalog, 'query' | 'transaction'>, now: () => number = Date.now) {
    this.#catalog = catalog;
    this.#now = now;
  }

  /** The latest first. */
  async list(): Promise<readonly UsageClose[]> {
    const { rows } = await this.#catalog.query<UsageClose>(
      `select ${COLUMNS} from rowhouse.usage_closes c order by c.month desc`,
    );
    return rows;
  }

  /**
   * Closes a month. What is counted for it later belongs to the first month that is open. A month that is closed already stays as it is.
   *
   * @param month - `2026-10`
   * @throws {OptionsInvalidError}
   * @throws {UsageCloseConflictError} when it has not ended, or one before it is open.
   */
  async close(month: string, by: AuditContext = {}): Promise<UsageClose> {
    parseOptions('usage.close', monthSchema, month);
    requireActor(by.by);
    return this.#catalog.transaction(async (client) => {
      // Whoever records, or closes, waits.
      await client.query('select from rowhouse.usage_head for update');
      const known = await this.#find(client, month);
      if (known) return known;
      await recordUsage(client, this.#now());
      await this.#requireClosable(client, month);
      const closed = await this.#write(client, month, by);
      const { totals, hash } = closed;
      await runEach(client, [
        auditStatement({
          action: 'usage.closed',
          target: month,
          after: { month, totals, sha256: hash },
          ...by,
        }),
      ]);
      return closed;
    });
  }

  /** @throws {UsageCloseNotFoundError} */
  async find(month: string): Promise<CheckedUsageClose> {
    const isMonth = monthSchema.safeParse(month).success;
    const found = isMonth ? await this.#find(this.#catalog, month) : undefined;
    if (!found) throw new UsageCloseNotFoundError(month);
    const { rows } = await this.#catalog.query<{ hash: string }>(
      `select pg_catalog.encode(${HASH}, 'hex') as hash`,
      [firstDayOf(month), found.previousHash],
    );
    return { ...found, isIntact: rows[0]?.hash === found.hash };
  }

  /** What tenants used in a month that is closed. @throws {UsageCloseNotFoundError} */
  async *totals(month: string): AsyncGenerator<UsageTotal> {
    await this.find(month);
    yield* this.#totals(month);
  }

  /** As CSV (RFC 4180), each line with its line break. @throws {UsageCloseNotFoundError} */
  async *lines(month: string): AsyncGenerator<string> {
    await this.find(month);
    yield csvLine(['month', 'tenant_id', 'tenant', 'plan', 'meter', 'unit', 'quantity']);
    for await (const total of this.#totals(month)) yield lineOf(month, total);
  }

  async *#totals(month: string): AsyncGenerator<UsageTotal> {
    for (let after = ['00000000-0000-0000-0000-000000000000', '']; ; ) {
      const { rows } = await this.#catalog.query<UsageTotal>(
        `select ${TOTAL_COLUMNS} from rowhouse.usage_totals t
          where t.month = $1 and (t.tenant_id, t.meter) > ($2::pg_catalog.uuid, $3) order by t.tenant_id, t.meter limit ${BATCH}`,
        [firstDayOf(month), ...after],
      );
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < BATCH) return;
      after = [last.tenantId, last.meter];
    }
  }

  async #find(client: Client, month: string): Promise<UsageClose | undefined> {
    const { rows } = await client.query<UsageClose>(
      `select ${COLUMNS} from rowhouse.usage_closes c where c.month = $1`,
      [firstDayOf(month)],
    );
    return rows[0];
  }

  async #requireClosable(client: Client, month: string): Promise<void> {
    const closableAt = new Date(endOf(month).getTime() + CLOSABLE_AFTER_MS);
    if (this.#now() < closableAt.getTime())
      throw new UsageCloseConflictError(`${month} can be closed from ${closableAt.toISOString()} on.`);
    const { rows } = await client.query<{
      later: string | null;
      earlier: string | null;
      since: string | null;
    }>(
      `select (select pg_catalog.to_char(pg_catalog.max(c.month), 'YYYY-MM') from rowhouse.usage_closes c where c.month > $1) as later,
         (select pg_catalog.to_char(pg_catalog.min(r.month), 'YYYY-MM') from rowhouse.usage_records r
           where r.month < $1 and r.month > coalesce((select pg_catalog.max(c.month) from rowhouse.usage_closes c), '-infinity')) as earlier,
         pg_catalog.to_char(h.since at time zone 'UTC', 'YYYY-MM') as since from rowhouse.usage_head h`,
      [firstDayOf(month)],
    );
    const { later, earlier, since } = rows[0] ?? { later: null, earlier: null, since: null };
    if (since === null || month < since)
      throw new UsageCloseConflictError(
        `There is no usage of ${month}: ${since ? `it is recorded since ${since}` : 'no app records it'}.`,
      );
    if (later) throw new UsageCloseConflictError(`${later} is closed, and months are closed in their order.`);
    if (earlier)
      throw new UsageCloseConflictError(`Close ${earlier} first: months are closed in their order.`);
  }

  async #write(client: Client, month: string, { by }: AuditContext): Promise<UsageClose> {
    const day = firstDayOf(month);
    await client.query(
      `insert into rowhouse.usage_totals (month, tenant_id, tenant_slug, tenant_plan, meter, quantity) ${MONTH_TOTALS}`,
      [day],
    );
    const { rows } = await client.query<{ hash: string }>(
      `select pg_catalog.encode(c.hash, 'hex') as hash from rowhouse.usage_closes c order by c.month desc limit 1`,
    );
    const previous = rows[0]?.hash ?? ZEROS;
    const made = await client.query<UsageClose>(
      `insert into rowhouse.usage_closes as c (month, closed_by, totals, previous_hash, hash)
         select $1, $3, (select pg_catalog.count(*) from rowhouse.usage_totals t where t.month = $1), pg_catalog.decode($2, 'hex'), ${HASH}
       returning ${COLUMNS}`,
      [day, previous, by ? JSON.stringify(by) : null],
    );
    return made.rows[0] as UsageClose;
  }
}

function lineOf(
  month: string,
  { tenantId, tenantSlug, tenantPlan, meter, unit, quantity }: UsageTotal,
): string {
  return csvLine([month, tenantId, tenantSlug ?? '', tenantPlan ?? '', meter, unit ?? '', quantity]);
}
