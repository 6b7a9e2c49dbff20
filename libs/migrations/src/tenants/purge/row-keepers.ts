import { isPlace, sqlStateOf } from '@rowhouse/core/internal';
import type { DataSource } from 'typeorm';

/** What keeps rows from being deleted, and what to run so that it does not. */
export interface Keeper {
  /** `the trigger no_delete on public.orders`. */
  readonly name: string;
  readonly remedy: string;
}

// tgtype: 1 for each row, 2 before, 8 on delete (pg_trigger.h).
const TRIGGERS = `
  select pg_catalog.format('the trigger %I on %s', t.tgname, t.tgrelid::pg_catalog.regclass) as name,
         pg_catalog.quote_ident(p.proname) as function,
         t.tgtype & 3 = 3 and t.tgtype & 8 = 8 as "mayKeep",
         pg_catalog.format('alter table %1$s disable trigger %2$I; and after it: alter table %1$s enable %3$strigger %2$I', t.tgrelid::pg_catalog.regclass,
                           t.tgname, case t.tgenabled when 'A' then 'always ' else '' end) as remedy
    from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
   where not t.tgisinternal and t.tgenabled in ('O', 'A')
     and t.tgrelid in (select coalesce(f.relid, $1::pg_catalog.regclass) from pg_catalog.pg_partition_tree($1::pg_catalog.regclass) f
                        union select $1::pg_catalog.regclass)
   order by 1`;

const RULES = `
  select pg_catalog.format('the rule %I on %s', r.rulename, r.ev_class::pg_catalog.regclass) as name,
         pg_catalog.format('alter table %1$s disable rule %2$I; and after it: alter table %1$s enable %3$srule %2$I', r.ev_class::pg_catalog.regclass,
                           r.rulename, case r.ev_enabled when 'A' then 'always ' else '' end) as remedy
    from pg_catalog.pg_rewrite r
   where r.ev_class = $1::pg_catalog.regclass and r.ev_type = '4' and r.is_instead and r.ev_enabled in ('O', 'A')
   order by 1`;

const PUBLICATIONS = `
  with part as (
    select $1::pg_catalog.regclass::oid as oid, true as "isLeaf" where not exists (select from pg_catalog.pg_partition_tree($1::pg_catalog.regclass))
    union all
    select relid, isleaf from pg_catalog.pg_partition_tree($1::pg_catalog.regclass))
  select pg_catalog.format('the publication %I', p.pubname) as name, coalesce(bool_or(r.prattrs is not null), false) as "hasColumns",
         coalesce(bool_or(r.prqual is not null), false) as "hasFilter",
         string_agg(distinct pg_catalog.format('alter publication %I drop table %s', p.pubname, r.prrelid::pg_catalog.regclass), '; ') as removal,
         (select string_agg(pg_catalog.format('alter table %s replica identity full', oid::pg_catalog.regclass), '; ') from part where "isLeaf") as identity
    from pg_catalog.pg_publication p
    left join pg_catalog.pg_publication_rel r on r.prpubid = p.oid and r.prrelid in (select oid from part)
   where p.pubdelete and (p.puballtables or r.oid is not null or exists (
           select from pg_catalog.pg_publication_namespace s join pg_catalog.pg_class c on c.relnamespace = s.pnnspid
            where s.pnpubid = p.oid and c.oid in (select oid from part)))
   group by p.pubname order by 1`;

/** invalid_column_reference: a filter or a list of columns. object_not_in_prerequisite_state: no replica identity at all. */
const COLUMNS_NOT_IN_IDENTITY = '42P10';
const NO_IDENTITY = '55000';

/** What keeps rows of a table although they were deleted: triggers that may, by returning null, and rules INSTEAD. */
export async function silentKeepers(owner: DataSource, table: string): Promise<Keeper[]> {
  const triggers: (Keeper & { mayKeep: boolean })[] = await owner.query(TRIGGERS, [table]);
  const rules: Keeper[] = await owner.query(RULES, [table]);
  return [...rules, ...triggers.filter(({ mayKeep }) => mayKeep)];
}

/** What an error of DELETE came from: triggers, by what PostgreSQL names as its place, and publications. */
export async function keepersBehind(owner: DataSource, table: string, error: unknown): Promise<Keeper[]> {
  const { where } = Object(error) as { where?: unknown };
  if (typeof where === 'string') {
    const triggers: (Keeper & { function: string })[] = await owner.query(TRIGGERS, [table]);
    return triggers.filter((trigger) => isPlace(where, trigger.function));
  }
  const state = sqlStateOf(error);
  if (state !== COLUMNS_NOT_IN_IDENTITY && state !== NO_IDENTITY) return [];
  const found: Publication[] = await owner.query(PUBLICATIONS, [table]);
  return found
    .filter(({ hasColumns, hasFilter }) => state === NO_IDENTITY || hasColumns || hasFilter)
    .map(({ name, hasColumns, removal, identity }) => ({
      name,
      // A list of columns and a replica identity of all columns do not go together.
      remedy: hasColumns ? removal : identity,
    }));
}

interface Publication {
  readonly name: string;
  readonly hasColumns: boolean;
  readonly hasFilter: boolean;
  readonly removal: string;
  readonly identity: string;
}

/** Names the keepers, and what to run. */
export function describeKeepers(keepers: readonly Keeper[]): string {
  const names = keepers.map(({ name }) => name).join(' or ');
  return `${names}. For the time of the purge, run: ${[...new Set(keepers.map(({ remedy }) => remedy))].join('; ')}`;
}
