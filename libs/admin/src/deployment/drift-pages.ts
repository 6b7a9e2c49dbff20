import type { Catalog } from '@rowhouse/core';
import type { Difference, Fleet } from '@rowhouse/migrations/fleet';
import { MIGRATED_STATUSES } from '@rowhouse/migrations/internal';

/** A home that is not what its migrations make. */
export interface DriftFinding {
  /** The tenant's slug; `(rows)` for the tables that row tenants share. */
  readonly home: string;
  readonly finding: 'drifted' | 'unknown' | 'failed';
  /** Of a home that has drifted. */
  readonly differences: readonly Difference[];
  /** The migrations that this release does not have, of an unknown home. */
  readonly migrations: readonly string[];
  /** Why a home could not be compared. */
  readonly error: string | null;
}

export interface DriftPage {
  /** Homes that could be compared, for this page. */
  readonly compared: number;
  readonly findings: readonly DriftFinding[];
  /** The last tenant of the page; `undefined` on the last page. */
  readonly last: string | undefined;
}

/** Compares the homes of some tenants after the others, so that no request takes as long as the fleet is large. */
export class DriftPages {
  constructor(
    private readonly catalog: Pick<Catalog, 'query'>,
    private readonly fleet: Pick<Fleet, 'drift'>,
  ) {}

  /** @throws {DOMException} `AbortError`, when the signal is aborted. */
  async page(
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
    signal?: AbortSignal,
  ): Promise<DriftPage> {
    const { rows } = await this.catalog.query<{ slug: string }>(
      `select slug from rowhouse.tenants where status = any($1) and ($2::text is null or slug > $2) order by slug limit $3`,
      [MIGRATED_STATUSES, after ?? null, limit + 1],
    );
    const tenants = rows.slice(0, limit).map(({ slug }) => slug);
    if (tenants.length === 0) return { compared: 0, findings: [], last: undefined };
    const { compared, drifted, unknown, failed } = await this.fleet.drift({ tenants }, { signal });
    const none = { differences: [], migrations: [], error: null };
    return {
      compared,
      findings: [
        ...drifted.map(({ label: home, differences }) => ({
          ...none,
          home,
          finding: 'drifted' as const,
          differences,
        })),
        ...unknown.map(({ label: home, migrations }) => ({
          ...none,
          home,
          finding: 'unknown' as const,
          migrations,
        })),
        ...failed.map(({ label: home, error }) => ({ ...none, home, finding: 'failed' as const, error })),
      ],
      last: rows.length > limit ? tenants.at(-1) : undefined,
    };
  }
}
