import { provideDatabase, startEmbeddedPostgres } from '@rowhouse/testing';
import type { DatabaseFields } from './app.module';

/** The database that PGHOST and its like name, or else one on an embedded server. */
export async function openDatabase(
  env = process.env,
): Promise<{ fields: DatabaseFields; close(): Promise<void> }> {
  const { PGHOST, PGPORT = '5432', PGUSER = 'postgres', PGPASSWORD = '', PGDATABASE = PGUSER } = env;
  if (PGHOST) {
    const [port, username, password, database] = [Number(PGPORT), PGUSER, PGPASSWORD, PGDATABASE];
    return { fields: { host: PGHOST, port, username, password, database }, close: async () => {} };
  }
  const server = await startEmbeddedPostgres({ dataDir: env.DATA_DIR });
  const { ownerUrl } = await provideDatabase(server.url, 'notes');
  const { hostname, port, username, password, pathname } = new URL(ownerUrl);
  return {
    fields: {
      host: hostname,
      port: Number(port),
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: decodeURIComponent(pathname.slice(1)),
    },
    close: () => server.stop(),
  };
}
