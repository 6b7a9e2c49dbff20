import pg from 'pg';

const { escapeIdentifier: quote } = pg;

interface TableOfTenants {
  readonly name: string;
  /** `only `, where its children are tables of their own. */
  readonly only: string;
  /** Columns that a row has without the database's doing. */
  readonly columns: readonly string[];
}

/** Columns with a default that a function makes are left out: a second tenant gets its own numbers. */
const TABLES = `
  select format('%I.%I', n.nspname, c.relname) as name, case c.relkind when 'p' then '' else 'only ' end as only,
         array(select o.attname::text from pg_attribute o left join pg_attrdef d on d.adrelid = o.attrelid and d.adnum = o.attnum
                where o.attrelid = c.oid and o.attnum > 0 and not o.attisdropped and o.attname <> 'tenant_id' and o.attgenerated = ''
                  and o.attidentity = '' and coalesce(pg_get_expr(d.adbin, d.adrelid), '') !~ '\\('
                order by o.attnum) as columns
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
   where a.attname = 'tenant_id' and c.relkind in ('r', 'p') and not c.relispartition and c.relrowsecurity
   order by 1`;

/** Whether a key has a column that refers to the database's own numbers: a second tenant's refers to others. */
const REFERS_TO_NUMBERS = `
  select exists (
    select from pg_constraint u
      join pg_constraint f on f.conrelid = u.conrelid and f.contype = 'f'
     cross join lateral unnest(f.conkey, f.confkey) k (own, other)
      join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.other
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where u.conname = $1 and k.own = any(u.conkey)
       and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) ~ '\\(')) as is`;

const TAKEN = new Set(['23505', '23P01']);

/**
 * Gives a second tenant the rows that the first has, and rolls back.
 *
 * @returns the constraints and indexes that do not allow it, one for each table.
 */
export async function constraintsBetween(url: string, first: string, second: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Without triggers and foreign keys: only what is unique counts.
    await client.query('begin; set local session_replication_role = replica');
    const { rows: tables } = await client.query<TableOfTenants>(TABLES);
    const found: string[] = [];
    for (const table of tables) {
      const name = await constraintOf(client, table, [second, first]);
      if (name !== undefined) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}

async function constraintOf(
  client: pg.Client,
  { name, only, columns }: TableOfTenants,
  tenants: readonly string[],
): Promise<string | undefined> {
  const list = columns.map((column) => `, ${quote(column)}`).join('');
  await client.query('savepoint before_rows');
  try {
    await client.query(
      `insert into ${name} (tenant_id${list}) select $1::uuid${list} from ${only}${name} where tenant_id = $2`,
      [...tenants],
    );
    return undefined;
  } catch (error) {
    const { code, constraint } = error as pg.DatabaseError;
    if (!code || !TAKEN.has(code) || !constraint) throw error;
    await client.query('rollback to savepoint before_rows');
    const { rows } = await client.query<{ is: boolean }>(REFERS_TO_NUMBERS, [constraint]);
    return rows[0]?.is ? undefined : constraint;
  } finally {
    await client.query('rollback to savepoint before_rows');
  }
}

/** The statements at the end of warnings that name one of these constraints. */
export function remediesFor(constraints: readonly string[], warnings: readonly string[]): string[] {
  return warnings
    .filter((warning) => constraints.some((name) => warning.includes(name)))
    .map((warning) => /: ((?:alter|drop|create)\s[\s\S]*)$/i.exec(warning)?.[1])
    .filter((statement): statement is string => statement !== undefined);
}
