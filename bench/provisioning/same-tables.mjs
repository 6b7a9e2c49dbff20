import pg from 'pg';

/** The objects of a schema, without the schema's name. */
const OBJECTS = `
  select 'column ' || table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable as object
    from information_schema.columns where table_schema = $1
  union all select 'index ' || indexname from pg_indexes where schemaname = $1
  union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || contype::text
    from pg_constraint where connamespace = $1::regnamespace and contype <> 'n'
  union all select 'enum ' || t.typname || ' ' || e.enumlabel
    from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = $1::regnamespace
  order by 1`;

/**
 * Checks that every schema has the same objects and the same history as the baseline's.
 *
 * @param {string} url of a login that may read them
 * @param {readonly string[]} schemas the baseline's first
 */
export async function expectSameTables(url, schemas) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let expected;
    for (const schema of schemas) {
      const found = await readSchema(client, schema);
      expected ??= found;
      if (found === expected) continue;
      throw new Error(`${schema} differs from ${schemas[0]}: ${firstDifference(found, expected)}`);
    }
  } finally {
    await client.end();
  }
}

async function readSchema(client, schema) {
  const { rows: objects } = await client.query(OBJECTS, [schema]);
  const { rows: history } = await client.query(`select name from ${schema}.migrations order by id`);
  return [
    ...objects.map(({ object }) => object.replaceAll(`${schema}.`, '')),
    ...history.map(({ name }) => name),
  ]
    .sort()
    .join('\n');
}

function firstDifference(found, expected) {
  const [own, theirs] = [found.split('\n'), expected.split('\n')];
  const more = own.find((line) => !theirs.includes(line));
  return more ? `it has ${more}` : `it lacks ${theirs.find((line) => !own.includes(line))}`;
}
