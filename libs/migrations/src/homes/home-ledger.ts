import { type Catalog, parseTenant, type Tenant } from '@rowhouse/core';
import { DEFAULT_PLACEMENT, type ScriptStatement, TENANT_COLUMNS } from '@rowhouse/core/internal';
import { type History, hashOf } from './history.js';
import {
  HOME_ID_OF_TENANT,
  type Home,
  homeOf,
  migrationsOf,
  SHARED_HOME,
  SHARED_HOME_ID_ON_PLACEMENT,
  sharedHomeOn,
} from './home.js';
import type { MigrationSet } from './migration-set.js';
import { MIGRATED_STATUSES, type Selection } from './selection.js';

/** A home and its history as the catalog records it; `undefined` if the catalog does not know it. */
export interface KnownHome {
  readonly home: Home;
  readonly history: History | undefined;
}

interface Row {
  readonly id: string | null;
  readonly history: string | null;
}

/** The catalog's copy of each home's history. */
export class HomeLedger {
  readonly #catalog: Catalog;
  readonly #set: MigrationSet;
  /** Hashes of histories that are stored in the catalog; they are never deleted there. */
  readonly #savedHashes = new Set<string>();

  constructor(catalog: Catalog, set: MigrationSet) {
    this.#catalog = catalog;
    this.#set = set;
  }

  /**
   * The homes of the selected tenants whose history differs from the app's migrations: the shared tables first, then by
   * slug, the home of row tenants once. It takes one query, and a second one if any home is found.
   */
  homesBehind(selection: Selection): Promise<readonly KnownHome[]> {
    return this.#homes(selection, true);
  }

  /** The homes of the selected tenants, whatever their history. */
  homes(selection: Selection): Promise<readonly KnownHome[]> {
    return this.#homes(selection, false);
  }

  async #homes(selection: Selection, onlyBehind: boolean): Promise<readonly KnownHome[]> {
    const hashFor = (kind: Home['kind']) => hashOf(migrationsOf(kind, this.#set));
    const targets = [hashFor('schema'), hashFor('database'), hashFor('shared')];
    const { where, order, values } = selectionSql(selection, 5);
    const wantsShared = this.#set.shared.length > 0 && selection.tenants === undefined;
    const { rows } = await this.#catalog.query<Row & Record<string, unknown>>(
      `select ${ofNoTenant(`'${DEFAULT_PLACEMENT}'`)}, s.history
         from (select (select h.history from rowhouse.homes h where h.id = '${SHARED_HOME.id}') as history) s
        where ${wantsShared} and (not $4 or s.history is distinct from $3)
       union all
       (select distinct ${ofNoTenant('t.placement')}, h.history
          from rowhouse.tenants t left join rowhouse.homes h on h.id = ${SHARED_HOME_ID_ON_PLACEMENT}
         where ${wantsShared} and t.isolation <> 'database' and t.placement <> '${DEFAULT_PLACEMENT}' and t.status = any($5::text[])
           and ($8::text is null or t.placement = $8) and (not $4 or h.history is distinct from $3)
         order by placement)
       union all
       (select ${TENANT_COLUMNS}, h.history
          from rowhouse.tenants t
          left join rowhouse.homes h on h.id = ${HOME_ID_OF_TENANT}
         where (not $4 or h.history is distinct from case t.isolation when 'database' then $2 else $1 end) and ${where}
         ${order})`,
      [...targets, onlyBehind, ...values],
    );
    const histories = await this.historiesOf(rows.map(({ history }) => history));
    const known = rows.map(({ history, ...tenant }) => ({
      home: tenant.id === null ? sharedHomeOn(tenant['placement'] as string) : homeOf(parseTenant(tenant)),
      history: history === null ? undefined : histories.get(history),
    }));
    return distinctHomes(known);
  }

  /** Looks up histories by their hashes. */
  async historiesOf(hashes: readonly (string | null | undefined)[]): Promise<ReadonlyMap<string, History>> {
    const distinct = [...new Set(hashes.filter((hash) => typeof hash === 'string'))];
    if (distinct.length === 0) return new Map();
    const { rows } = await this.#catalog.query<{ hash: string; names: string[] }>(
      'select hash, names from rowhouse.schema_histories where hash = any($1)',
      [distinct],
    );
    return new Map(rows.map(({ hash, names }) => [hash, names]));
  }

  /** The recorded history of one home. */
  async historyOf({ id }: Pick<Home, 'id'>): Promise<History | undefined> {
    const { rows } = await this.#catalog.query<{ names: string[] }>(
      'select s.names from rowhouse.homes h join rowhouse.schema_histories s on s.hash = h.history where h.id = $1',
      [id],
    );
    return rows[0]?.names;
  }

  /** Stores histories in the catalog. A history must be stored before a home can refer to it. */
  async saveHistories(histories: readonly History[]): Promise<void> {
    for (const names of histories) {
      const hash = hashOf(names);
      if (this.#savedHashes.has(hash)) continue;
      const { text, values } = saveHistoryStatement(names);
      await this.#catalog.query(text, [...(values ?? [])]);
      this.#savedHashes.add(hash);
    }
  }

  /**
   * Records that a migration without a transaction is about to start in a home. This commits by itself, so that a crash
   * during the migration can be detected.
   *
   * @param history - the home's history before the migration.
   * @returns whether the same migration was started before and did not finish.
   */
  async begin(home: Pick<Home, 'id'>, history: History, name: string): Promise<boolean> {
    await this.saveHistories([history]);
    const { rows } = await this.#catalog.query<{ begun: string | null }>(
      `with before as (select begun from rowhouse.homes where id = $1),
       noted as (insert into rowhouse.homes (id, history, begun) values ($1, $2, $3)
                   on conflict (id) do update set begun = excluded.begun)
       select begun from before`,
      [home.id, hashOf(history), name],
    );
    return rows[0]?.begun === name;
  }

  /** Records the history of a home. */
  async setHistory(home: Pick<Home, 'id'>, history: History): Promise<void> {
    await this.saveHistories([history]);
    const { text, values } = setHistoryStatement(home, history);
    await this.#catalog.query(text, [...(values ?? [])]);
  }

  /** Runs statements in the catalog's database, in one transaction. */
  async run(script: readonly ScriptStatement[]): Promise<void> {
    await this.#catalog.run(script);
  }

  /** The number of tenants for each history and isolation: the version matrix. */
  async matrix(): Promise<
    readonly { history: History | undefined; isolation: Tenant['isolation']; tenants: number }[]
  > {
    const { rows } = await this.#catalog.query<{
      hash: string | null;
      isolation: Tenant['isolation'];
      tenants: number;
    }>(
      `select h.history as hash, t.isolation, count(*)::int as tenants
         from rowhouse.tenants t
         left join rowhouse.homes h on h.id = ${HOME_ID_OF_TENANT}
        where t.status <> all('{provisioning,deleting,failed}') group by 1, 2 order by 3 desc`,
    );
    const histories = await this.historiesOf(rows.map(({ hash }) => hash));
    return rows.map(({ hash, isolation, tenants }) => ({
      history: hash === null ? undefined : histories.get(hash),
      isolation,
      tenants,
    }));
  }
}

/** SQL: the columns of a tenant, for a home that is none's. @param placement - SQL. */
function ofNoTenant(placement: string): string {
  return `null::uuid as id, null::text as slug, null::text as name, null::text as status, null::text as isolation,
    ${placement} as placement, null::text as plan, null::jsonb as overrides, null::jsonb as metadata,
    null::timestamptz as "createdAt", null::timestamptz as "updatedAt"`;
}

/** The statement of {@link HomeLedger.saveHistories}, for use in a transaction of the main database. */
export function saveHistoryStatement(history: History): ScriptStatement {
  return {
    text: 'insert into rowhouse.schema_histories (hash, names) values ($1, $2) on conflict do nothing',
    values: [hashOf(history), history],
  };
}

/** The statement of {@link HomeLedger.setHistory}, for use in a transaction of the main database. The history must be stored already. */
export function setHistoryStatement(
  homes: Pick<Home, 'id'> | readonly Pick<Home, 'id'>[],
  history: History,
): ScriptStatement {
  return {
    text: 'select rowhouse.note_homes($1, $2)',
    values: [[homes].flat().map(({ id }) => id), hashOf(history)],
  };
}

function distinctHomes(known: readonly KnownHome[]): readonly KnownHome[] {
  return [...new Map(known.map((one) => [one.home.id, one])).values()];
}

/**
 * The selection as a condition on `rowhouse.tenants t`.
 *
 * @param from - the number of its first parameter (`$from`).
 */
function selectionSql(
  { tenants, where = {}, limit }: Selection,
  from: number,
): { where: string; order: string; values: unknown[] } {
  const { plan, placement, status, isolation, metadata } = where;
  const statuses = status === undefined ? MIGRATED_STATUSES : [status];
  const values = [
    statuses,
    tenants ?? null,
    plan ?? null,
    placement ?? null,
    isolation ?? null,
    metadata === undefined ? null : JSON.stringify(metadata),
    limit ?? null,
  ];
  const [ofStatus, ofSlug, ofPlan, ofPlacement, ofIsolation, ofMetadata, atMost] = values.map(
    (_, index) => `$${from + index}`,
  );
  return {
    where: `t.status = any(${ofStatus}::text[]) and (${ofSlug}::text[] is null or t.slug = any(${ofSlug}))
      and (${ofPlan}::text is null or t.plan = ${ofPlan}) and (${ofPlacement}::text is null or t.placement = ${ofPlacement})
      and (${ofIsolation}::text is null or t.isolation = ${ofIsolation})
      and (${ofMetadata}::jsonb is null or t.metadata @> ${ofMetadata}::jsonb)`,
    order: `order by t.slug limit ${atMost}::int`,
    values,
  };
}
