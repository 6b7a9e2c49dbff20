import { createRequire } from 'node:module';
import pg from 'pg';
import { parse } from 'pg-connection-string';
import {
  addressIn,
  atAddress,
  atDatabase,
  clientConfig,
  isPostgresUrl,
  loginOf,
  withFields,
} from './postgres-address.js';

const read = (config: pg.ClientConfig) => {
  const { host, port, user, password, database } = new pg.Client(config);
  return { host, port, user, password, database };
};

describe('withFields', () => {
  it('keeps what pg has hidden', () => {
    const { options } = new pg.Pool({ password: 'secret', max: 3 });
    expect({ ...options }).not.toHaveProperty('password');
    expect(withFields(options, { max: 1 })).toMatchObject({ password: 'secret', max: 1 });
  });
});

describe('clientConfig', () => {
  it.each([undefined, ''])('takes the fields where the url is %p', (url) => {
    const fields = { host: 'db', password: () => 'secret' };
    expect(clientConfig({ url, ...fields })).toEqual(fields);
  });
});

describe('atDatabase', () => {
  it.each([
    ['postgres://u:p%40@db:5433/before', { host: 'db', port: 5433, user: 'u', password: 'p@' }],
    ['postgres://u:p@/before?host=/run/pg', { host: '/run/pg', port: 5432, user: 'u', password: 'p' }],
    ['postgres://u:p@%2Frun%2Fpg/before', { host: '/run/pg', port: 5432, user: 'u', password: 'p' }],
    ['postgres://u@[::1]:5433', { host: '::1', port: 5433, user: 'u', password: null }],
    ['socket:/run/pg?db=before&user=u', { host: '/run/pg', port: 5432, user: 'u', password: null }],
    ['/run/pg before', { host: '/run/pg', port: 5432, user: 'u', password: 'of the fields' }],
  ])('keeps server and login of %s', (connectionString, expected) => {
    const config = { connectionString, user: 'u', password: 'of the fields' };
    expect(read(atDatabase(config, 'after'))).toEqual({ ...expected, database: 'after' });
    expect(read(config)).toMatchObject(expected);
  });

  it('keeps each field that pg reads from a URL', () => {
    const asked = new Set<string>();
    const spy = new Proxy(
      {},
      {
        get: (_, name) => {
          asked.add(String(name));
          return undefined;
        },
      },
    );
    const require = createRequire(import.meta.url);
    const ConnectionParameters = require('pg/lib/connection-parameters');
    new ConnectionParameters(spy);
    const ofClients = [
      'connectionString',
      'connectionTimeoutMillis',
      'keepAlive',
      'keepAliveInitialDelayMillis',
    ];
    const names = [...asked].filter((name) => !ofClients.includes(name));
    expect(names).toEqual(expect.arrayContaining(['options', 'statement_timeout', 'sslnegotiation']));
    const query = names
      .filter((name) => !['ssl', 'sslnegotiation', 'database', 'port', 'host'].includes(name))
      .map((name) => `${name}=x`)
      .join('&');
    const url = `postgres://db:5433/before?${query}&sslnegotiation=direct&sslmode=no-verify`;
    const kept = atDatabase({ connectionString: url }, 'after');
    const { database: _, ...said } = parse(url);
    for (const name of names.filter((each) => each !== 'database')) {
      expect(kept).toHaveProperty(name);
      expect(kept[name as keyof typeof kept]).toEqual(said[name]);
    }
  });
});

describe('atAddress', () => {
  const here = {
    host: 'here',
    user: 'app',
    password: 'secret',
    ssl: { ca: 'ours' },
    max: 3,
    options: '-c x=1',
  };

  it('takes no login to another server', () => {
    const there = atAddress(here, { host: 'there' });
    expect(there).toEqual({ host: 'there', ssl: here.ssl, max: 3, options: '-c x=1' });
    expect(atAddress(here, { host: 'there', ssl: false }).ssl).toBe(false);
  });

  it('and addressIn takes nothing along but what leads to the server', () => {
    const { max: _, ...address } = here;
    expect(addressIn({ ...here, statement_timeout: 5 })).toEqual(address);
  });
});

describe('loginOf', () => {
  it.each([
    [{ connectionString: 'postgres://a%40b@db/shop', user: 'ignored' }, 'a@b'],
    [{ user: 'app' }, 'app'],
  ])('is the login of %p', (config, login) => {
    expect(loginOf(config)).toBe(login);
    expect(new pg.Client(config).user).toBe(login);
  });

  it.each([{}, { connectionString: 'postgres://db/shop', user: 'ignored' }])(
    'is what pg would use for %p',
    (config) => {
      const before = process.env['PGUSER'];
      process.env['PGUSER'] = 'from the environment';
      try {
        expect(loginOf(config)).toBe('from the environment');
        expect(new pg.Client(config).user).toBe('from the environment');
      } finally {
        if (before === undefined) delete process.env['PGUSER'];
        else process.env['PGUSER'] = before;
      }
    },
  );
});

describe('isPostgresUrl', () => {
  it.each(['postgres://db/shop', 'postgresql://u:p@/shop?host=/run/pg', 'socket:/run/pg', '/run/pg shop'])(
    'knows %s',
    (text) => expect(isPostgresUrl(text)).toBe(true),
  );
  it.each(['', 'localhost', 'mysql://db/shop', 'postgres://db:port/shop', 'postgres:/db'])(
    'refuses %s',
    (text) => expect(isPostgresUrl(text)).toBe(false),
  );
});
