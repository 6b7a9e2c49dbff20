import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** The tables that both contenders query. */
const READ_BY_ALL = `pg_class, pg_namespace, pg_attribute, pg_attrdef, pg_type, pg_index, pg_constraint, pg_depend,
  rowhouse.tenants, rowhouse.homes, rowhouse.schema_histories`;

/**
 * Creates a database for one deployment, with an owner that is not a superuser, and a login for the app.
 *
 * @param {Awaited<ReturnType<typeof import('../harness/database.mjs').openDatabase>>} database
 * @param {string} label lower case; unique within the bench
 * @param {import('../harness/clean-up.mjs').CleanUp} cleanUp
 */
export async function openBenchDeployment(database, label, cleanUp) {
  const { admin } = database;
  const password = randomBytes(12).toString('hex');
  const name = `${database.name}_${label}`;
  const owner = `${name}_owner`;
  await database.createRole(owner, `login createrole createdb password '${password}'`);
  const app = await database.createLogin(`${label}-app`);
  await admin.query(`create database ${name} owner ${owner}`);
  const roles = `bench_${randomBytes(4).toString('hex')}`;
  database.dropsRolesOf(roles);
  const drop = async () => {
    const { rows } = await admin.query(
      'select datname from pg_database where datdba = (select oid from pg_roles where rolname = $1)',
      [owner],
    );
    for (const { datname } of rows) await admin.query(`drop database if exists "${datname}" with (force)`);
  };
  cleanUp.add(drop);
  const adminUrl = urlOf(database.url, { pathname: name });
  return {
    ownerUrl: urlOf(database.url, { pathname: name, username: owner, password }),
    appUrl: urlOf(app.url, { pathname: name }),
    /** A superuser's URL, for queries of the bench itself. */
    adminUrl,
    /** Updates the planner's statistics, because autovacuum is off. The catalog must exist. */
    analyze: () => asAdmin(adminUrl, (client) => client.query(`analyze ${READ_BY_ALL}`)),
    logins: [owner, app.role],
    roles,
    /** Drops the database, and those of its tenants. Call it as soon as possible: with thousands of tenants it takes longer than a clean-up step may. */
    drop,
  };
}

async function asAdmin(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(url, changes) {
  return Object.assign(new URL(url), changes).href;
}
