import { randomBytes } from 'node:crypto';
import pg from 'pg';

/**
 * Makes a database, and the role that owns it, on a server of ours; both may be there already.
 *
 * The role is an ordinary one: a superuser could read every tenant's rows whatever PostgreSQL is told about them.
 * Its password is new each time, so none is kept anywhere.
 *
 * @param superuserUrl - leads to the server.
 * @param name - of the database and of the role.
 * @returns the URL that connects to the database as that role.
 */
export async function provideDatabase(superuserUrl: string, name: string): Promise<string> {
  const password = randomBytes(18).toString('base64url');
  const [identifier, literal] = [pg.escapeIdentifier(name), pg.escapeLiteral(password)];
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const roles = await client.query('select from pg_roles where rolname = $1', [name]);
    if (roles.rowCount === 0) await client.query(`create role ${identifier}`);
    await client.query(
      `alter role ${identifier} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password ${literal}`,
    );
    const databases = await client.query('select from pg_database where datname = $1', [name]);
    if (databases.rowCount === 0) await client.query(`create database ${identifier}`);
    await client.query(`alter database ${identifier} owner to ${identifier}`);
  } finally {
    await client.end();
  }
  return Object.assign(new URL(superuserUrl), {
    username: encodeURIComponent(name),
    password,
    pathname: `/${encodeURIComponent(name)}`,
  }).href;
}
