import { EmbeddedPostgresError } from '@rowhouse/testing';
import { type Settings, SettingsError } from '../settings.js';

/** Why the start failed and what to do about it, for failures that are nobody's bug; else the error with its stack. */
export function explainFailure(error: unknown, settings: Settings | undefined): string {
  if (error instanceof SettingsError) return error.message;
  if (error instanceof EmbeddedPostgresError) {
    return error.code === 'DATA_DIR_IN_USE'
      ? `The demo runs already on the data in ${settings?.dataDir}. Stop it first, or start this one on data of its own: ` +
          'ROWHOUSE_DATA_DIR=.rowhouse/second PORT=3010 ADMIN_PORT=3011 npm start'
      : error.message;
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && settings) {
    const { port = settings.port } = error as { port?: number };
    const variable = port === settings.adminPort ? 'ADMIN_PORT' : 'PORT';
    return `Port ${port} is taken. Choose another: ${variable}=${port + 10} npm start`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
