import { Logger } from '@nestjs/common';
import {
  Catalog,
  OptionsInvalidError,
  PostgresTenantStore,
  TenantChangeListener,
  TenantQuotas,
  type TenantStore,
} from '@rowhouse/core';
import { ApiKeyUses, EntryDirectory, messageOf, QuotaNotices, withFields } from '@rowhouse/core/internal';
import { addressOf } from '@rowhouse/typeorm/internal';
import type { TenancyOptions } from '../tenancy-options.js';

/**
 * The catalog of the deployment, for everything in the process that needs it. Nothing is opened before it is asked.
 *
 * @returns `undefined` where a store was given and the options name no database.
 */
export function catalogOf({ store, typeorm, directUrl }: TenancyOptions): Catalog | undefined {
  if (store && !typeorm && !directUrl) return undefined;
  const logger = new Logger(Catalog.name);
  return new Catalog(
    withFields(addressOf(typeorm, directUrl), {
      // The first request of a tenant would wait for another one after 10 quiet seconds.
      min: 1,
      onIdleError: (error: Error) =>
        logger.warn(`An idle connection to the catalog was lost: ${messageOf(error)}`),
    }),
  );
}

/** Writes when keys of the catalog were used. A store that was given knows its keys, if it has any, and the catalog does not. */
export function apiKeyUsesOf(
  { store }: TenancyOptions,
  catalog: Catalog | undefined,
): ApiKeyUses | undefined {
  if (store || !catalog) return undefined;
  const logger = new Logger(ApiKeyUses.name);
  return new ApiKeyUses(catalog, {
    onError: (error) => logger.warn(`Uses of API keys could not be written: ${messageOf(error)}`),
  });
}

/** Of tenants that another store has, the catalog has no events. */
export function quotaNoticesOf(
  { store, quotas: { nearPercent } }: TenancyOptions,
  catalog: Catalog | undefined,
): QuotaNotices | undefined {
  if (store || !catalog) return undefined;
  const logger = new Logger(TenantQuotas.name);
  const onError = (error: unknown) => logger.warn(`An event of a quota was not written: ${messageOf(error)}`);
  return new QuotaNotices({ catalog, nearPercent, onError });
}

/** @returns `undefined` in an application that lets no operators in. @throws {OptionsInvalidError} */
export function entriesOf(
  { breakGlass, apiKeys }: TenancyOptions,
  catalog: Catalog | undefined,
): EntryDirectory | undefined {
  if (!breakGlass) return undefined;
  if (catalog) return new EntryDirectory(catalog, apiKeys);
  throw new OptionsInvalidError('TenancyModule', [
    {
      field: 'breakGlass',
      expected: 'expected typeorm or directUrl, which name the database of the catalog',
    },
  ]);
}

/** The store that was given, or the tenants of the catalog, which is brought up to date. */
export async function openStore(
  { store, apiKeys }: TenancyOptions,
  catalog: Catalog | undefined,
): Promise<TenantStore> {
  if (store) return store;
  if (!catalog)
    throw new OptionsInvalidError('TenancyModule', [
      { field: 'store', expected: 'expected a tenant store, or a database' },
    ]);
  try {
    const { applied } = await catalog.migrate();
    if (applied.length > 0)
      new Logger(Catalog.name).log(`Migrated the catalog: steps ${applied.join(', ')}.`);
    const listener = new TenantChangeListener(catalog.notifications);
    const { peppers } = apiKeys;
    return new PostgresTenantStore({ pool: catalog, prepare: await catalog.isDirect(), listener, peppers });
  } catch (error) {
    // Nest closes nothing of an application that fails to start.
    await catalog.close();
    throw error;
  }
}
