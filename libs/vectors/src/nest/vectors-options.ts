import { OptionsInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { z } from 'zod';
import type { Embed } from '../embed.js';
import { HOME_STORES, type HomeStoreName } from '../home/embedding-type.js';
import { HomeVectorStore } from '../home/home-vector-store.js';
import type { VectorStore } from '../vector-store.js';

/** What {@link TenantVectorsModule} is given. */
export interface TenantVectorsModuleOptions {
  /**
   * Where collections are. In the home of each tenant: `pgvector` (default), or `exact` on a PostgreSQL without that extension. Elsewhere:
   * `chromaStore(client)` of `@rowhouse/vectors/chroma`.
   */
  readonly store?: HomeStoreName | VectorStore | undefined;
  /** Makes embeddings of texts. Default: records and queries bring their own. */
  readonly embed?: Embed | undefined;
}

/** What a class for `useClass` and `useExisting` of {@link TenantVectorsModule.forRootAsync} must have. */
export interface TenantVectorsOptionsFactory {
  createTenantVectorsOptions(): TenantVectorsModuleOptions | Promise<TenantVectorsModuleOptions>;
}

const optionsSchema = z.strictObject({
  store: z
    .custom<HomeStoreName | VectorStore>(
      (store) => HOME_STORES.includes(store as HomeStoreName) || typeof Object(store).purge === 'function',
      'expected pgvector, exact, or a store, as chromaStore(client)',
    )
    .default('pgvector'),
  embed: z.custom<Embed>((embed) => typeof embed === 'function', 'expected a function').optional(),
});

/** The options, checked, with a store. @throws {OptionsInvalidError} */
export function parseVectorsOptions(options: unknown, registry: DataSourceRegistry | undefined) {
  const { store, embed } = parseOptions('TenantVectorsModule', optionsSchema, options ?? {});
  if (typeof store !== 'string') return { store, embed };
  if (registry) return { store: new HomeVectorStore(registry, store), embed };
  throw new OptionsInvalidError('TenantVectorsModule', [
    { field: 'store', expected: `expected a store, or TenancyModule with the option typeorm, for ${store}` },
  ]);
}
