import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials, LoginKind } from './credentials-server.js';

/** A way to give credentials to pg. */
export interface Way {
  readonly name: string;
  readonly login?: LoginKind;
  /** TypeORM's options without `type`, as source text, so that a config file can hold them. */
  readonly options: (credentials: Credentials) => string;
  /** Variables of the environment. */
  readonly env?: (credentials: Credentials, folder: string) => Readonly<Record<string, string>>;
  /** TypeORM only: pg itself has no such option. */
  readonly onlyTypeOrm?: boolean;
}

const json = JSON.stringify;

const fields = ({ host, port, user: username, password, database }: Credentials, more = '') =>
  `{ ...${json({ host, port, username, password, database })}, ${more} }`;

const withoutPassword = ({ host, port, user: username, database }: Credentials, more: string) =>
  `{ ...${json({ host, port, username, database })}, ${more} }`;

const url = ({ host, port, user, password, database }: Credentials) =>
  `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;

const environment = ({ host, port, user, password, database }: Credentials) => ({
  PGHOST: host,
  PGPORT: String(port),
  PGUSER: user,
  PGPASSWORD: password,
  PGDATABASE: database,
});

export const WAYS: readonly Way[] = [
  { name: 'fields', options: (c) => fields(c) },
  { name: 'fields beside an empty url', options: (c) => fields(c, "url: ''") },
  { name: 'a url', options: (c) => json({ url: url(c) }) },
  {
    name: 'a function that returns the password',
    options: (c) => withoutPassword(c, `password: () => ${json(c.password)}`),
  },
  {
    name: 'a function that resolves to the password',
    options: (c) => withoutPassword(c, `password: async () => ${json(c.password)}`),
  },
  {
    name: 'the authority that signed the server, over TLS',
    login: 'tls',
    options: (c) => fields(c, `ssl: { ca: ${json(c.serverCertificate)} }`),
  },
  {
    name: "a certificate and its key, in pg's ssl",
    login: 'certificate',
    options: (c) => withoutPassword(c, `ssl: { ca: ${json(c.serverCertificate)}, ...${json(c.client)} }`),
  },
  {
    name: 'a key that is hidden already, as pg leaves it behind',
    login: 'certificate',
    options: (c) =>
      withoutPassword(
        c,
        `ssl: Object.defineProperty({ ca: ${json(c.serverCertificate)}, ...${json(c.client)} }, 'key', { enumerable: false })`,
      ),
  },
  {
    name: 'a url beside ssl',
    login: 'tls',
    options: (c) => `{ url: ${json(url(c))}, ssl: { ca: ${json(c.serverCertificate)} } }`,
  },
  {
    name: 'a url that begins with TLS',
    login: 'tls',
    options: (c) => json({ url: `${url(c)}?sslmode=no-verify&sslnegotiation=direct` }),
  },
  { name: 'PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE', options: () => '{}', env: environment },
  {
    name: 'PGPASSWORD beside fields',
    options: (c) => withoutPassword(c, 'password: undefined'),
    env: ({ password }) => ({ PGPASSWORD: password }),
  },
  {
    name: 'a .pgpass file',
    options: (c) => withoutPassword(c, ''),
    env: ({ host, port, user, password }, folder) => {
      const path = join(folder, 'pgpass');
      const quoted = password.replaceAll(/[\\:]/g, '\\$&');
      writeFileSync(path, `${host}:${port}:*:${user}:${quoted}\n`, { mode: 0o600 });
      return { PGPASSFILE: path };
    },
  },
  {
    name: 'a .pgpass file for a url',
    options: ({ host, port, user, database }) =>
      json({ url: `postgres://${user}@${host}:${port}/${database}` }),
    env: ({ password, port }, folder) => {
      const path = join(folder, 'pgpass');
      const quoted = password.replaceAll(/[\\:]/g, '\\$&');
      writeFileSync(path, `*:${port}:*:*:${quoted}\n`, { mode: 0o600 });
      return { PGPASSFILE: path };
    },
  },
  {
    name: 'the directory of a Unix socket',
    options: (c) => fields({ ...c, host: c.socketDirectory }),
  },
  {
    name: 'the directory of a Unix socket, in a url',
    options: (c) =>
      json({
        url: `postgres://${c.user}:${encodeURIComponent(c.password)}@/${c.database}?host=${c.socketDirectory}&port=${c.port}`,
      }),
  },
  {
    name: "TypeORM's extra",
    onlyTypeOrm: true,
    options: ({ host, port, user, password, database }) =>
      `{ host: 'nowhere.invalid', extra: ${json({ host, port, user, password, database })} }`,
  },
  {
    name: "TypeORM's extra with a url and ssl",
    onlyTypeOrm: true,
    login: 'tls',
    options: (c) =>
      `{ extra: { connectionString: ${json(url(c))}, ssl: { ca: ${json(c.serverCertificate)} } } }`,
  },
  {
    name: 'replication',
    onlyTypeOrm: true,
    options: (c) =>
      `{ host: 'nowhere.invalid', replication: { master: ${fields(c)}, slaves: [${fields(c)}] } }`,
  },
  {
    name: 'replication, with a function and ssl',
    onlyTypeOrm: true,
    login: 'tls',
    options: (c) => {
      const one = withoutPassword(
        c,
        `password: async () => ${json(c.password)}, ssl: { ca: ${json(c.serverCertificate)} }`,
      );
      return `{ replication: { master: ${one}, slaves: [${one}] } }`;
    },
  },
];
