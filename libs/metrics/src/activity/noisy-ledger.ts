import type { Catalog } from '@rowhouse/core';
import type { NoisyVerdict } from './noisy-judge.js';

/** What an event says beside the tenant and its share. */
export type NoisyDetail = Readonly<Record<string, unknown>>;

/** Writes an event for a row of `turned`, which there is once: whoever comes second changes nothing. */
const EVENT = `select rowhouse.write_event($3, turned.tenant_id, '{"type": "service", "id": "metrics"}',
  pg_catalog.jsonb_build_object('detail', $4::pg_catalog.jsonb, 'part', pg_catalog.jsonb_build_object('action', 'tenant.' || $3)))
  from turned`;

const NOISY = `with turned as (
  update rowhouse.noisy_tenants t set noisy_since = $2, under_since = null
   where t.tenant_id = $1 and t.noisy_since is null returning t.tenant_id) ${EVENT}`;
const QUIET = `with turned as (
  delete from rowhouse.noisy_tenants t where t.tenant_id = $1 and t.noisy_since = $2 returning t.tenant_id) ${EVENT}`;

/** Where it stands who is a noisy neighbour: in the catalog, for all instances. What two of them decide at once is written once. */
export class NoisyLedger {
  readonly #catalog: Pick<Catalog, 'query'>;

  constructor(catalog: Pick<Catalog, 'query'>) {
    this.#catalog = catalog;
  }

  /**
   * @param now - of the catalog, when the verdict was found.
   * @param detailOf - asked for verdicts that are events.
   */
  async write(
    { kind, tenantId, state }: NoisyVerdict,
    now: Date,
    detailOf: () => Promise<NoisyDetail>,
  ): Promise<void> {
    switch (kind) {
      case 'suspect':
        return this.#run(
          'insert into rowhouse.noisy_tenants (tenant_id, over_since, seen_at) values ($1, $2, $2) on conflict do nothing',
          [tenantId, now],
        );
      case 'forget':
        return this.#run(
          'delete from rowhouse.noisy_tenants t where t.tenant_id = $1 and t.noisy_since is null and t.over_since = $2',
          [tenantId, state?.overSince],
        );
      case 'calm':
        return this.#run(
          `update rowhouse.noisy_tenants t set under_since = $2
            where t.tenant_id = $1 and t.noisy_since is not null and t.under_since is null`,
          [tenantId, now],
        );
      case 'restless':
        return this.#run(
          'update rowhouse.noisy_tenants t set under_since = null where t.tenant_id = $1 and t.under_since = $2',
          [tenantId, state?.underSince],
        );
      case 'noisy':
        return this.#run(NOISY, [tenantId, now, kind, JSON.stringify(await detailOf())]);
      case 'quiet':
        return this.#run(QUIET, [tenantId, state?.noisySince, kind, JSON.stringify(await detailOf())]);
    }
  }

  async #run(text: string, values: readonly unknown[]): Promise<void> {
    await this.#catalog.query(text, [...values]);
  }
}
