/** @suite postgres15 */
import pg from 'pg';
import { addressOf } from './postgres-address.js';

describe('addressOf', () => {
  const postgres = (options: object) => ({ type: 'postgres', ...options });
  const target = (directUrl: string | undefined, options: object) => {
    const { url } = addressOf(postgres(options), directUrl);
    const { host, port, user, password, database } = new pg.Client({ connectionString: url });
    return { host, port, user, password, database };
  };

  it('prefers directUrl', () => {
    expect(target('postgres://a:b@direct:5433/app', { url: 'postgres://a:b@pooler:6432/app' })).toMatchObject(
      {
        host: 'direct',
        port: 5433,
      },
    );
  });

  it('takes the URL of TypeORM, and what it leaves out from the fields', () => {
    const url = 'postgres://db:5433/app';
    expect(
      target(undefined, { url, username: 'u', password: 'p', host: 'ignored', port: 1, database: 'ignored' }),
    ).toEqual({
      host: 'db',
      port: 5433,
      user: 'u',
      password: 'p',
      database: 'app',
    });
  });

  it('takes the fields of TypeORM where there is no URL, whatever characters they hold', () => {
    const fields = { host: 'db', port: 5433, username: 'u@x', password: 'p/:?#@ä%', database: 'my app 50%' };
    expect(target(undefined, fields)).toEqual({
      host: 'db',
      port: 5433,
      user: 'u@x',
      password: 'p/:?#@ä%',
      database: 'my app 50%',
    });
  });

  it('takes the primary of a replicated data source', () => {
    const replication = { master: { host: 'primary', database: 'app' }, slaves: [{ host: 'replica' }] };
    expect(target(undefined, { replication })).toMatchObject({ host: 'primary', database: 'app' });
  });

  it('knows IPv6 addresses and the directories of Unix sockets', () => {
    expect(target(undefined, { host: '::1', database: 'app' })).toMatchObject({
      host: '::1',
      database: 'app',
    });
    expect(target(undefined, { host: '/run/pg', database: 'app' })).toMatchObject({
      host: '/run/pg',
      database: 'app',
    });
  });

  it('takes the host from PGHOST where nothing names one, as pg does', () => {
    const before = process.env.PGHOST;
    process.env.PGHOST = 'from-environment';
    try {
      expect(target(undefined, { database: 'app' })).toMatchObject({
        host: 'from-environment',
        database: 'app',
      });
      expect(target(undefined, { url: 'postgres://db/app' })).toMatchObject({ host: 'db' });
    } finally {
      if (before === undefined) delete process.env.PGHOST;
      else process.env.PGHOST = before;
    }
  });

  it('takes ssl from where TypeORM does', () => {
    const ssl = { rejectUnauthorized: false };
    expect(addressOf(postgres({ ssl })).ssl).toBe(ssl);
    expect(addressOf(postgres({ extra: { ssl } })).ssl).toBe(ssl);
    expect(addressOf(undefined, 'postgres://db/app').ssl).toBeUndefined();
  });

  it('asks for directUrl where the password is a function', () => {
    const options = postgres({ host: 'db', password: () => 'secret' });
    expect(() => addressOf(options, undefined)).toThrow(/directUrl/);
    expect(addressOf(options, 'postgres://db/app').url).toBe('postgres://db/app');
  });
});
