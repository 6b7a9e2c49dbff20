import type { Catalog } from '@rowhouse/core';

/** What a sink has come to. */
export interface UsageSinkState {
  readonly name: string;
  /** Records that it has not had. */
  readonly pending: number;
  /** Attempts that failed since the last success. */
  readonly failedAttempts: number;
  readonly nextAttemptAt: Date | null;
  readonly attemptedAt: Date | null;
  /** Of the last attempt; `null` for a success. */
  readonly failure: string | null;
}

/** How far usage has been sent, for operators. */
export class UsageSinks {
  readonly #catalog: Pick<Catalog, 'query'>;

  constructor(catalog: Pick<Catalog, 'query'>) {
    this.#catalog = catalog;
  }

  async list(): Promise<readonly UsageSinkState[]> {
    const { rows } = await this.#catalog.query<UsageSinkState>(
      `select s.name, (h.seq - s.seq)::pg_catalog.float8 as pending,
              case when s.failure is null then 0 else s.attempts end as "failedAttempts",
              case when s.failure is not null then s.next_attempt_at end as "nextAttemptAt",
              s.attempted_at as "attemptedAt", s.failure
         from rowhouse.usage_sinks s, rowhouse.usage_head h order by s.name`,
    );
    return rows;
  }

  /** Has what waits for its next attempt sent at once. @returns how many sinks that was. */
  async retry(): Promise<number> {
    const { rowCount } = await this.#catalog.query(
      `with due as (update rowhouse.usage_sinks set next_attempt_at = pg_catalog.now() where failure is not null and lease is null returning name)
       select pg_catalog.pg_notify('rowhouse_usage', '') from due`,
    );
    return rowCount ?? 0;
  }
}
