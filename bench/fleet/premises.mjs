import { randomBytes } from 'node:crypto';

/**
 * A database for one deployment, with an owner that makes homes and is no superuser, and a login for the app.
 *
 * @param {Awaited<ReturnType<typeof import('../harness/database.mjs').openDatabase>>} database
 * @param {string} label lower case; different for each of a run
 * @param {import('../harness/clean-up.mjs').CleanUp} cleanUp
 */
export async function openPremises(database, label, cleanUp) {
  const { admin } = database;
  const password = randomBytes(12).toString('hex');
  const name = `${database.name}_${label}`;
  const owner = `${name}_owner`;
  await database.createRole(owner, `login createrole password '${password}'`);
  const app = await database.createLogin(`${label}-app`);
  await admin.query(`create database ${name} owner ${owner}`);
  const roles = `bench_${randomBytes(4).toString('hex')}`;
  database.dropsRolesOf(roles);
  const drop = () => admin.query(`drop database if exists ${name} with (force)`);
  cleanUp.add(drop);
  return {
    ownerUrl: urlOf(database.url, { pathname: name, username: owner, password }),
    appUrl: urlOf(app.url, { pathname: name }),
    /** As a superuser, for what the bench itself wants to know. */
    adminUrl: urlOf(database.url, { pathname: name }),
    logins: [owner, app.role],
    roles,
    /** Removes the database, when nobody uses it any more. That of thousands of tenants takes longer than a clean-up may. */
    drop,
  };
}

function urlOf(url, changes) {
  return Object.assign(new URL(url), changes).href;
}
