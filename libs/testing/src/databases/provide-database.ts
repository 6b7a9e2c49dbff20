import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Where an application finds its database. */
export interface ProvidedDatabase {
  /** Connects as the login of the application, which owns nothing: what it may do, it may do as a tenant. */
  readonly url: string;
  /** Connects as the login that owns the database, and makes the roles and databases of tenants. */
  readonly ownerUrl: string;
}

const ORDINARY = 'login nosuperuser noreplication nobypassrls';

/**
 * Makes a database and its two logins on a server of ours; all may be there already.
 *
 * Neither login is a superuser, who could read every tenant's rows whatever PostgreSQL is told about them. Their passwords
 * are new each time, so none is kept.
 *
 * @param superuserUrl - leads to the server.
 * @param name - of the database and of the application's login; the owner's is `<name>_owner`.
 */
export async function provideDatabase(superuserUrl: string, name: string): Promise<ProvidedDatabase> {
  const owner = `${name}_owner`;
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const password = await setUpLogin(client, name, `${ORDINARY} nocreatedb nocreaterole`);
    const ownerPassword = await setUpLogin(client, owner, `${ORDINARY} createdb createrole`);
    const databases = await client.query('select from pg_database where datname = $1', [name]);
    if (databases.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
    await client.query(`alter database ${pg.escapeIdentifier(name)} owner to ${pg.escapeIdentifier(owner)}`);
    const urlFor = (username: string, secret: string) =>
      Object.assign(new URL(superuserUrl), {
        username: encodeURIComponent(username),
        password: secret,
        pathname: `/${encodeURIComponent(name)}`,
      }).href;
    return { url: urlFor(name, password), ownerUrl: urlFor(owner, ownerPassword) };
  } finally {
    await client.end();
  }
}

/** @returns its new password. */
async function setUpLogin(client: pg.Client, name: string, attributes: string): Promise<string> {
  const password = randomBytes(18).toString('base64url');
  const [identifier, literal] = [pg.escapeIdentifier(name), pg.escapeLiteral(password)];
  const roles = await client.query('select from pg_roles where rolname = $1', [name]);
  if (roles.rowCount === 0) await client.query(`create role ${identifier}`);
  await client.query(`alter role ${identifier} ${attributes} password ${literal}`);
  return password;
}
