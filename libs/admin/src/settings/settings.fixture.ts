import { Catalog, PostgresTenantStore, type Tenant } from '@rowhouse/core';
import { localKeys } from '@rowhouse/core/internal';
import { z } from 'zod';
import { createCatalogDatabase } from '../../../../test/support/catalog-database.js';
import type { SettingsDeclaration } from './settings-shape.js';
import { SettingsStore } from './settings-store.js';
import { TenantSettings, type TenantSettingsCacheOptions } from './tenant-settings.js';

export const SCHEMA = z.object({
  theme: z.enum(['light', 'dark']).default('light'),
  smtp: z
    .object({ port: z.int().default(25), password: z.string().default(''), token: z.string().default('') })
    .prefault({}),
});
export type Settings = z.output<typeof SCHEMA>;

export const SECRETS = ['smtp.password', 'smtp.token'];

/** Keys of these ids, the current one first. */
export function keysOf(...ids: readonly string[]) {
  return localKeys(ids.map((id) => ({ id, secret: Buffer.alloc(32, id).toString('base64') })));
}

export const DECLARATION = { schema: SCHEMA, secrets: SECRETS, keys: keysOf('first') };

/** A catalog, and instances of an app on it. */
export async function openCatalog() {
  const database = await createCatalogDatabase();
  const catalogs: Catalog[] = [];
  const connect = () => {
    const catalog = new Catalog({ url: database.url });
    catalogs.push(catalog);
    return catalog;
  };
  const catalog = connect();
  await catalog.migrate();
  return {
    catalog,
    tenant: (slug: string): Promise<Tenant> => new PostgresTenantStore({ pool: catalog }).create({ slug }),
    /** An instance, with its own connections; it counts its look-ups and keeps its warnings. */
    async instance(
      declaration: SettingsDeclaration = DECLARATION,
      {
        isListening = true,
        ...options
      }: TenantSettingsCacheOptions & { readonly isListening?: boolean } = {},
    ) {
      const own = connect();
      const statements: string[] = [];
      const { query } = own;
      Object.assign(own, {
        query: (...args: unknown[]) => {
          statements.push(String(args[0]));
          return Reflect.apply(query, own, args);
        },
      });
      const warnings: string[] = [];
      const store = new SettingsStore(own, declaration);
      const settings = new TenantSettings<Settings>(own, store, options, (message) => warnings.push(message));
      if (isListening) await settings.start();
      return { catalog: own, store, settings, statements, warnings };
    },
    async close() {
      await Promise.all(catalogs.map((one) => one.close()));
      await database.drop();
    },
  };
}
