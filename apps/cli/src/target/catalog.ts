import { Catalog } from '@rowhouse/core';
import type { Io } from '../shell/io.js';
import { resolveTarget, type Target, type TargetOptions } from './target.js';

/**
 * Opens the catalog of a deployment, runs `work`, and closes its connections. For commands that only look something up: they
 * answer without the entities and the data sources of the application.
 */
export async function withCatalog<T>(
  options: TargetOptions,
  io: Io,
  work: (catalog: Catalog, target: Target) => Promise<T>,
): Promise<T> {
  const target = await resolveTarget(options, io);
  const catalog = new Catalog(target.owner);
  try {
    await catalog.migrate();
    return await work(catalog, target);
  } finally {
    await catalog.close();
  }
}
