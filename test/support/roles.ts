import pg from 'pg';

/** Drops the roles of a test's deployment, which belong to the server. Call it when the databases are dropped. */
export async function dropRoles(prefix: string): Promise<void> {
  const server = new pg.Client(process.env['ROWHOUSE_TEST_URL']);
  await server.connect();
  try {
    const { rows } = await server.query<{ rolname: string }>(
      'select rolname from pg_roles where starts_with(rolname::text, $1)',
      [`${prefix}_`],
    );
    for (const { rolname } of rows) await server.query(`drop role ${pg.escapeIdentifier(rolname)}`);
  } finally {
    await server.end();
  }
}
