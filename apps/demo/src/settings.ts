import { z } from 'zod';

/** A variable that is empty is unset. */
const postgresUrl = z
  .url({ protocol: /^postgres(?:ql)?$/, error: 'expected postgres://…' })
  .or(z.literal(''))
  .transform((url) => url || undefined)
  .optional();

const settingsSchema = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(3_000),
    ADMIN_PORT: z.coerce.number().int().min(0).max(65_535).default(3_001),
    HOST: z.string().min(1).default('127.0.0.1'),
    DATABASE_URL: postgresUrl,
    DIRECT_DATABASE_URL: postgresUrl,
    ROWHOUSE_DATA_DIR: z.string().min(1).default('.rowhouse/postgres'),
    ROWHOUSE_PLATFORM: z.enum(['express', 'fastify']).default('express'),
    ROWHOUSE_DEMO_FLEET: z.enum(['on', 'off']).optional(),
  })
  .transform((variables) => ({
    port: variables.PORT,
    adminPort: variables.ADMIN_PORT,
    host: variables.HOST,
    databaseUrl: variables.DATABASE_URL,
    directDatabaseUrl: variables.DIRECT_DATABASE_URL,
    dataDir: variables.ROWHOUSE_DATA_DIR,
    platform: variables.ROWHOUSE_PLATFORM,
    // A server that somebody names may hold tenants of theirs: fifty more come only when they are asked for.
    hasFleet: (variables.ROWHOUSE_DEMO_FLEET ?? (variables.DATABASE_URL ? 'off' : 'on')) === 'on',
  }));

/** What the environment sets, with defaults. */
export type Settings = Readonly<z.output<typeof settingsSchema>>;
export type Platform = Settings['platform'];

/** A variable of the environment has a value that means nothing. */
export class SettingsError extends Error {}

/** @throws {SettingsError} that names each wrong variable. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const parsed = settingsSchema.safeParse(environment);
  if (!parsed.success) throw new SettingsError(`The environment is wrong.\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
