/** @suite postgres15 */
import pg from 'pg';
import { tenantDataSourceOptions } from './data-source-options.js';
import { addressOf, optionsAt } from './postgres-address.js';

const postgres = (options: object) => ({ type: 'postgres' as const, ...options });
const read = (config: pg.ClientConfig) => {
  const { host, port, user, password, database } = new pg.Client(config);
  return { host, port, user, password, database };
};
const SHOP = { host: 'db', port: 5433, user: 'u@x', password: 'p/:?#@ä%', database: 'my app 50%' };
const { user: username, ...rest } = SHOP;

describe('addressOf', () => {
  it('prefers directUrl, secured as the options are', () => {
    const ssl = { rejectUnauthorized: false };
    const url = 'postgres://a:b@pooler:6432/app';
    expect(addressOf(postgres({ url, ssl, host: 'ignored' }), 'postgres://a:b@direct:5433/app')).toEqual({
      connectionString: 'postgres://a:b@direct:5433/app',
      ssl,
    });
  });

  it.each([undefined, ''])('takes the fields of TypeORM where the url is %p', (url) => {
    expect(read(addressOf(postgres({ url, username, ...rest })))).toEqual(SHOP);
    expect(read(addressOf(postgres({ url, username, ...rest }), url))).toEqual(SHOP);
  });

  it('takes the primary of a replicated data source', () => {
    const replication = { master: { username, ...rest }, slaves: [{ host: 'replica' }] };
    expect(read(addressOf(postgres({ host: 'ignored', replication })))).toEqual(SHOP);
  });

  it('takes what extra says first, as TypeORM does', () => {
    const extra = { host: 'extra', ssl: { ca: 'extra' }, max: 3 };
    const address = addressOf(postgres({ username, ...rest, ssl: true, extra }));
    expect(read(address)).toEqual({ ...SHOP, host: 'extra' });
    expect(address.ssl).toBe(extra.ssl);
    expect(address).not.toHaveProperty('max');
  });

  it('hands a function for the password on', () => {
    const password = async () => 'secret';
    expect(addressOf(postgres({ host: 'db', password })).password).toBe(password);
  });
});

describe('optionsAt', () => {
  it('leaves nothing of the address that was there before, in whatever option it was', () => {
    const options = postgres({
      url: 'postgres://before/app',
      extra: { connectionString: 'postgres://before/app', host: 'before', password: 'before', max: 3 },
      replication: { master: { url: 'postgres://before/app' }, slaves: [] },
      poolSize: 2,
    });
    const moved = optionsAt(options, addressOf({ username, ...rest, ssl: true }));
    expect(JSON.stringify(moved)).not.toContain('before');
    expect(moved).toMatchObject({ poolSize: 2, extra: { max: 3 } });
    expect(read(addressOf(moved))).toEqual(SHOP);
    expect(addressOf(moved).ssl).toBe(true);
  });
});

it('names the option that holds no URL of PostgreSQL, and does not show it', () => {
  const replication = {
    master: { url: 'mysql://secret' },
    slaves: [{ url: 'postgres://db' }, { url: 'secret' }],
  };
  const open = (options: object) => () => tenantDataSourceOptions(postgres(options));
  expect(open({ url: 'secret' })).toThrow('typeorm: url: expected postgres://');
  expect(open({ replication })).toThrow(/replication\.master\.url: .*replication\.slaves\[1\]\.url: /s);
  expect(open({ url: 'secret' })).not.toThrow('secret');
  expect(open({ url: '' })).not.toThrow();
});
