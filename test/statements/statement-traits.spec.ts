/** @suite postgres15 */
import { StatementReader } from '@rowhouse/core/internal';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { Session } from './session.js';
import { TraitsProperty } from './traits-property.js';

/** Of a tenant that owns its schema, so that it may do nearly anything. Defaults of the login are no settings of its sessions. */
const homeSql = (database: string, login: string, role: string) => `
  create role ${role};
  grant ${role} to ${login};
  alter role ${login} set statement_timeout = '10s';
  alter role ${login} set search_path = home, pg_temp;
  grant create, temporary on database ${database} to ${role};
  create schema home;
  create table home.t (a int primary key, b text);
  create table home.u (a int constraint late unique deferrable);
  create sequence home.s start 10;
  create procedure home.sets_state() language sql as $$ select set_config('app.who', 'x', false) $$;
  alter schema home owner to ${role};
  alter table home.t owner to ${role};
  alter table home.u owner to ${role};
  alter sequence home.s owner to ${role};`;

describe('the traits of texts that the grammar has', () => {
  let database: TestDatabase;
  let admin: pg.Client;
  let role: string;
  let session: Session;

  beforeAll(async () => {
    database = await createTestDatabase();
    role = `${database.name}_tenant`;
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    const login = new URL(database.loginUrl).username;
    await admin.query(homeSql(database.name, login, role));
    session = await Session.open(database.loginUrl, role);
  });

  afterAll(async () => {
    await session.end();
    await admin.query(
      `drop owned by ${role}, ${new URL(database.loginUrl).username} cascade; drop role ${role}`,
    );
    await admin.end();
    await database.drop();
  });

  it('agree with what the server shows afterwards', async () => {
    const property = new TraitsProperty(session, await StatementReader.load());
    await property.check('Traits of 20,000 texts and more', 80);
    const { texts, failed, left, falsePositives } = property.tally;
    const kinds = [...falsePositives]
      .sort(([, a], [, b]) => b - a)
      .map(([kind, count]) => `${kind} ${count}`);
    process.stdout.write(
      `${texts} texts, ${failed} refused by the server; ${left} programs left something.\nMight have left something and did not: ${kinds.join(', ')}\n`,
    );
  }, 300_000);
});
