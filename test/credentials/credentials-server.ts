import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, startEmbeddedPostgres } from '@rowhouse/testing';
import pg from 'pg';
import { selfSigned } from './certificate.js';

/** Characters that URLs, `.pgpass` and SQL each quote in a way of their own. */
const PASSWORD = `p/:?#@ä% '\\`;

/** The logins, each of which owns its database and may make roles and databases. */
export const LOGINS = {
  /** By password, on any connection. */
  password: 'keeper',
  /** By password, over TLS only. */
  tls: 'keeper_tls',
  /** By certificate, without a password. */
  certificate: 'keeper_cert',
} as const;

export type LoginKind = keyof typeof LOGINS;

/** A database of a login, and all that a client may need to reach it. */
export interface Credentials {
  readonly host: string;
  readonly port: number;
  readonly socketDirectory: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly serverCertificate: string;
  readonly client: { readonly cert: string; readonly key: string };
}

/** A server that demands the password on each connection, speaks TLS, and listens on a Unix socket too. */
export async function startCredentialsServer() {
  const socketDirectory = mkdtempSync(join(tmpdir(), 'rowhouse-socket-'));
  // PostgreSQL may run as another user.
  chmodSync(socketDirectory, 0o777);
  const server = await startEmbeddedPostgres({ settings: { unix_socket_directories: socketDirectory } });
  const identity = selfSigned('localhost');
  const client = selfSigned(LOGINS.certificate);
  const admin = new pg.Client(server.url);
  await admin.connect();
  for (const login of Object.values(LOGINS))
    await admin.query(
      `create role ${login} login createdb createrole password ${pg.escapeLiteral(login === LOGINS.certificate ? 'unknown' : PASSWORD)}`,
    );
  await writeFiles(admin, {
    'server.crt': identity.cert,
    'server.key': identity.key,
    'clients.crt': client.cert,
    'pg_hba.conf': [
      `hostssl all ${LOGINS.certificate} all cert`,
      `hostnossl all ${LOGINS.tls} all reject`,
      'host all all all scram-sha-256',
      'local all all scram-sha-256',
      '',
    ].join('\n'),
  });
  await admin.query(`alter system set ssl_ca_file = 'clients.crt'`);
  await admin.query('alter system set ssl = on');
  await admin.query('select pg_reload_conf()');

  return {
    /** A new database, of the login of this kind. */
    async open(kind: LoginKind): Promise<Credentials> {
      const { name } = await createTestDatabase({ serverUrl: server.url });
      await admin.query(`alter database ${name} owner to ${LOGINS[kind]}`);
      return {
        host: '127.0.0.1',
        port: server.port,
        socketDirectory,
        user: LOGINS[kind],
        password: PASSWORD,
        database: name,
        serverCertificate: identity.cert,
        client,
      };
    },
    async stop() {
      await admin.end();
      await server.stop();
      rmSync(socketDirectory, { recursive: true, force: true });
    },
  };
}

/** Into the data directory, written by the server itself: they must belong to its user. */
async function writeFiles(admin: pg.Client, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const lines = pg.escapeLiteral(text.trimEnd());
    await admin.query(
      `copy (select unnest(string_to_array(${lines}, chr(10)))) to program 'umask 077; cat > ${name}'`,
    );
  }
}
