import type { Type } from '@nestjs/common';
import type { TenantCompanion } from '@rowhouse/core';
import { companionsSchema, parseOptions } from '@rowhouse/core/internal';
import type { MigrationInterface } from 'typeorm';
import { z } from 'zod';
import { type HookDeliveryOptions, hookDeliverySchema } from '../events/hook-dispatcher-options.js';
import type { ExportTenant } from '../fleet/fleet.js';
import type { Seed } from '../fleet/fleet-deployment.js';

/** What {@link TenancyMigrationModule} is given. */
export interface TenancyMigrationModuleOptions {
  /** Classes of migrations of the tables that all tenants read. They run before those of tenants. Default none. */
  readonly sharedMigrations?: readonly Type<MigrationInterface>[];
  /** Fills the tables of a new tenant. */
  readonly seed?: Seed;
  /** Slugs that no tenant may have. Default: names such as `www`, `api` and `admin`. */
  readonly reservedSlugs?: readonly string[];
  /** Writes a tenant's data below a folder before a purge: `exportToFolder` of `@rowhouse/transfer`. */
  readonly exportTenant?: ExportTenant;
  /** Keep contents of tenants that are not in PostgreSQL: `tenantFiles()` of `@rowhouse/files`. Default: none. */
  readonly companions?: readonly TenantCompanion[];
  /** Signs the certificates of purges: an Ed25519 private key, PEM (PKCS #8). Default: they are not signed. */
  readonly certificateKey?: string;
  /** How events reach the hooks of classes with `@TenantHooks()`. */
  readonly hooks?: HookDeliveryOptions;
}

/** What a class for `useClass` and `useExisting` of {@link TenancyMigrationModule.forRootAsync} must have. */
export interface TenancyMigrationOptionsFactory {
  createTenancyMigrationOptions(): TenancyMigrationModuleOptions | Promise<TenancyMigrationModuleOptions>;
}

/** Injection token of {@link MigrationOptions}. */
export const MIGRATION_OPTIONS = Symbol('rowhouse.migration-options');

const optionsSchema = z.strictObject({
  sharedMigrations: z
    .array(
      z.custom<Type<MigrationInterface>>(
        (value) => typeof value === 'function',
        'expected a class of a migration',
      ),
    )
    .default([]),
  seed: z
    .custom<Seed>((value) => typeof value === 'function', 'expected a function (manager, tenant)')
    .optional(),
  reservedSlugs: z.array(z.string()).optional(),
  exportTenant: z
    .custom<ExportTenant>(
      (value) => typeof value === 'function',
      'expected exportToFolder of @rowhouse/transfer',
    )
    .optional(),
  companions: companionsSchema,
  certificateKey: z.string().optional(),
  hooks: hookDeliverySchema.prefault({}),
});

/** The options, checked, with every default filled in. */
export type MigrationOptions = Readonly<z.output<typeof optionsSchema>>;

/** @throws {OptionsInvalidError} naming the path of each wrong option and what was expected. */
export function parseMigrationOptions(options: unknown): MigrationOptions {
  return parseOptions('TenancyMigrationModule', optionsSchema, options ?? {});
}
