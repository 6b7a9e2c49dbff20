import { provideDatabase, startEmbeddedPostgres } from '@rowhouse/testing';
import type { Settings } from '../settings.js';
import { writeConnectionFile } from './connection-file.js';
import type { Shutdown } from './shutdown.js';

/** The database to work on. */
export interface Database {
  readonly url: string;
  /** The login that owns it, where that is another. */
  readonly ownerUrl: string | undefined;
  /** Where the data of our own server lies; `undefined` for a server that was there before us. */
  readonly dataDir: string | undefined;
}

/** The database that DATABASE_URL names, or else one on an embedded server, which is stopped at the end. */
export async function openDatabase(settings: Settings, shutdown: Shutdown): Promise<Database> {
  if (settings.databaseUrl)
    return { url: settings.databaseUrl, ownerUrl: settings.directDatabaseUrl, dataDir: undefined };

  const server = await startEmbeddedPostgres({ dataDir: settings.dataDir });
  shutdown.defer(() => server.stop());
  const provided = await provideDatabase(server.url, 'storefront');
  const pool = { roles: process.env.ROWHOUSE_ROLES };
  shutdown.defer(
    writeConnectionFile(settings.dataDir, { url: provided.url, directUrl: provided.ownerUrl, pool }),
  );
  return { ...provided, dataDir: server.dataDir };
}
