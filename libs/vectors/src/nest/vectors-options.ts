import { OptionsInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { z } from 'zod';
import type { Embed } from '../embed.js';
import { PgVectorStore } from '../pgvector/pgvector-store.js';
import type { VectorStore } from '../vector-store.js';

/** What {@link TenantVectorsModule} is given. */
export interface TenantVectorsModuleOptions {
  /** Where collections are: `chromaStore(client)` of `@rowhouse/vectors/chroma`. Default: pgvector, in the home of each tenant. */
  readonly store?: VectorStore | undefined;
  /** Makes embeddings of texts. Default: records and queries bring their own. */
  readonly embed?: Embed | undefined;
}

/** What a class for `useClass` and `useExisting` of {@link TenantVectorsModule.forRootAsync} must have. */
export interface TenantVectorsOptionsFactory {
  createTenantVectorsOptions(): TenantVectorsModuleOptions | Promise<TenantVectorsModuleOptions>;
}

const optionsSchema = z.strictObject({
  store: z
    .custom<VectorStore>(
      (store) => typeof Object(store).purge === 'function',
      'expected a store, as chromaStore(client)',
    )
    .optional(),
  embed: z.custom<Embed>((embed) => typeof embed === 'function', 'expected a function').optional(),
});

/** The options, checked, with a store. @throws {OptionsInvalidError} */
export function parseVectorsOptions(options: unknown, registry: DataSourceRegistry | undefined) {
  const { store, embed } = parseOptions('TenantVectorsModule', optionsSchema, options ?? {});
  if (store) return { store, embed };
  if (registry) return { store: new PgVectorStore(registry), embed };
  throw new OptionsInvalidError('TenantVectorsModule', [
    { field: 'store', expected: 'expected a store, or TenancyModule with the option typeorm, for pgvector' },
  ]);
}
