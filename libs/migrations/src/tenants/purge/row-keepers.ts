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
         t.tgtype & 3 = 3 as "mayKeep",
         pg_catalog.format('alter table %1$s disable trigger %2$I; and after it: alter table %1$s enable %3$strigger %2$I', t.tgrelid::pg_catalog.regclass,
                           t.tgname, case t.tgenabled when 'A' then 'always ' else '' end) as remedy
    from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
   where not t.tgisinternal and t.tgparentid = 0 and t.tgenabled in ('O', 'A') and t.tgtype & 8 = 8
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

const POLICIES = `
  select pg_catalog.format('the policy %I on %s', p.polname, p.polrelid::pg_catalog.regclass) as name,
         pg_catalog.format('drop policy %1$I on %2$s; and after it: create policy %1$I on %2$s as restrictive for %3$s to %4$s%5$s%6$s', p.polname,
           p.polrelid::pg_catalog.regclass, case p.polcmd when 'r' then 'select' when 'd' then 'delete' else 'all' end,
           (select string_agg(case r when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) end, ', ') from unnest(p.polroles) r),
           ' using (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', ' with check (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')') as remedy
    from pg_catalog.pg_policy p
   where p.polrelid = $1::pg_catalog.regclass and not p.polpermissive and p.polcmd in ('r', 'd', '*')
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

/** Policies of the application that take rows from what a tenant may see or delete. */
export function hidingPolicies(owner: DataSource, table: string): Promise<Keeper[]> {
  return owner.query(POLICIES, [table]);
}

/** What keeps rows of a table although they were deleted: triggers that may, by returning null, rules INSTEAD, and policies. */
export async function silentKeepers(owner: DataSource, table: string): Promise<Keeper[]> {
  const triggers: (Keeper & { mayKeep: boolean })[] = await owner.query(TRIGGERS, [table]);
  const rules: Keeper[] = await owner.query(RULES, [table]);
  const policies = await hidingPolicies(owner, table);
  return [...rules, ...triggers.filter(({ mayKeep }) => mayKeep), ...policies];
}

/** What an error of DELETE came from: triggers, by what PostgreSQL names as its place, and publications. */
export async function keepersBehind(owner: DataSource, table: string, error: unknown): Promise<Keeper[]> {
  const { where } = Object(error) as { where?: unknown };
  if (typeof where === 'string') {
    const triggers: (Keeper & { function: string })[] = await owner.query(TRIGGERS, [table]);
    const behind = triggers.filter((trigger) => isPlace(where, trigger.function));
    if (behind.length > 0) return behind;
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

const AFTERWARDS = '; and after it: ';

/** Names the keepers, and what to run. */
export function describeKeepers(keepers: readonly Keeper[]): string {
  const names = keepers.map(({ name }) => name).join(' or ');
  const [before, after] = [0, 1].map((part) => [
    ...new Set(keepers.flatMap(({ remedy }) => remedy.split(AFTERWARDS)[part] ?? [])),
  ]);
  const undo = after && after.length > 0 ? `${AFTERWARDS}${after.join('; ')}` : '';
  return `${names}. For the time of the purge, run: ${before?.join('; ')}${undo}`;
}
