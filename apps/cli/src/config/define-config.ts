import type {
  OidcOptions,
  SettingsDeclaration,
  TransfersOptions,
  WebhooksOptions,
} from '@rowhouse/admin/services';
import type { Plans, TenancyPoolOptions, Tenant, TenantCompanion } from '@rowhouse/core';
import { companionsSchema, plansSchema, postgresUrlSchema, tenancyPoolSchema } from '@rowhouse/core/internal';
import type { BackupOptions } from '@rowhouse/transfer';
import type { DataSource, DataSourceOptions, EntityManager, MigrationInterface } from 'typeorm';
import { z } from 'zod';

/** The contents of `rowhouse.config.ts`. */
export interface RowhouseConfig {
  /** `postgres://` URL with the application's login. Default: DATABASE_URL, then the address in `dataSource`. */
  readonly url?: string;
  /** `postgres://` URL with the owner of the schemas, not through a pooler. Default: DIRECT_DATABASE_URL, then `url`. */
  readonly directUrl?: string;
  /**
   * The application's TypeORM options with its entities and migrations: classes, or globs of files, also of TypeScript.
   * Relative globs start from the folder of the config. From a DataSource only the options are used; it is never opened.
   */
  readonly dataSource: DataSourceOptions | DataSource;
  /** Migrations of the tables that all tenants share: classes, or globs. They run once, before the migrations of tenants. */
  readonly sharedMigrations?: readonly ((new () => MigrationInterface) | string)[];
  /** The application's pool options that differ from the defaults. */
  readonly pool?: Omit<TenancyPoolOptions, 'plans'>;
  /** The plans, as TenancyModule is given them. */
  readonly plans?: Plans;
  /** Fills the tables of a new tenant. It runs as the tenant, and may run again after a crash. */
  readonly seed?: (manager: EntityManager, tenant: Tenant) => Promise<void>;
  /** Slugs that no tenant may have. Default: names such as `www`, `api` and `admin`. */
  readonly reservedSlugs?: readonly string[];
  /** Keep contents of tenants that are not in PostgreSQL: `tenantFiles()` of `@rowhouse/files`. */
  readonly companions?: readonly TenantCompanion[];
  /** Signs the certificates of purges: an Ed25519 private key, PEM (PKCS #8), such as `process.env.CERTIFICATE_KEY`. */
  readonly certificateKey?: string | undefined;
  /** The settings that tenants have, as TenantSettingsModule is given them. */
  readonly settings?: SettingsDeclaration;
  /** The roles of members of tenants, as in `TenancyAdminModule.forRoot({ members })`; `rowhouse members` needs them for changes. */
  readonly members?: { readonly roles: readonly string[]; readonly ownerRole: string };
  /** As in `TenancyAdminModule.forRoot({ webhooks })`; `rowhouse webhooks` needs the keys to make secrets. */
  readonly webhooks?: WebhooksOptions;
  /** As in `TenancyAdminModule.forRoot({ transfers })`, for `rowhouse admin`. */
  readonly transfers?: TransfersOptions;
  /**
   * Of `rowhouse admin`: sign-in by an OpenID Connect provider, as `TenancyAdminModule.forRoot({ oidc })` is given it. What is left out comes
   * from the environment.
   */
  readonly admin?: { readonly oidc?: Partial<OidcOptions> };
  /** As in `TenancyBackupModule.forRoot()`; a folder starts from that of the config. `rowhouse backup` and `restore` need it. */
  readonly backups?: BackupOptions;
  /** The folder for files of `migration generate`, relative to the config. Default `src/migrations`. */
  readonly migrationsDir?: string;
}

/** A config, or a function that returns one. */
export type RowhouseConfigSource = RowhouseConfig | (() => RowhouseConfig | Promise<RowhouseConfig>);

/** Returns its argument. It gives `rowhouse.config.ts` its types. */
export function defineConfig(config: RowhouseConfigSource): RowhouseConfigSource {
  return config;
}

const callable = <T>(expected: string) => z.custom<T>((value) => typeof value === 'function', expected);

const dataSourceSchema = z
  .custom<DataSourceOptions | DataSource>(
    (value) => typeof value === 'object' && value !== null,
    "expected TypeORM's options, or a DataSource",
  )
  .transform((value) => ('manager' in value ? value.options : value) as DataSourceOptions)
  .refine(({ type }) => type === 'postgres', 'expected the type "postgres"');

const poolSchema = z.custom<Omit<TenancyPoolOptions, 'plans'>>().superRefine((value, context) => {
  for (const issue of tenancyPoolSchema.safeParse(value).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
  }
});

export const configSchema = z.strictObject({
  url: postgresUrlSchema,
  directUrl: postgresUrlSchema,
  dataSource: dataSourceSchema,
  sharedMigrations: z
    .array(
      z.custom<(new () => MigrationInterface) | string>(
        (value) => typeof value === 'function' || typeof value === 'string',
        'expected migration classes, or globs',
      ),
    )
    .default([]),
  pool: poolSchema.optional(),
  plans: plansSchema.optional(),
  seed: callable<NonNullable<RowhouseConfig['seed']>>('expected a function').optional(),
  reservedSlugs: z.array(z.string()).optional(),
  companions: companionsSchema,
  certificateKey: z.string().optional(),
  // Checked by the commands that use it.
  settings: z
    .custom<SettingsDeclaration>((value) => typeof value === 'object' && value !== null, 'expected an object')
    .optional(),
  members: z.strictObject({ roles: z.array(z.string()).min(1), ownerRole: z.string() }).optional(),
  // Checked by the commands that use it.
  webhooks: z
    .custom<WebhooksOptions>((value) => typeof value === 'object' && value !== null, 'expected an object')
    .optional(),
  transfers: z
    .custom<TransfersOptions>((value) => typeof value === 'object' && value !== null, 'expected an object')
    .optional(),
  admin: z
    .strictObject({
      oidc: z
        .custom<Partial<OidcOptions>>(
          (value) => typeof value === 'object' && value !== null,
          'expected an object',
        )
        .optional(),
    })
    .optional(),
  // Checked by the commands that use it.
  backups: z
    .custom<BackupOptions>((value) => typeof value === 'object' && value !== null, 'expected an object')
    .optional(),
  migrationsDir: z.string().min(1).default('src/migrations'),
});

export type ParsedConfig = z.output<typeof configSchema>;
